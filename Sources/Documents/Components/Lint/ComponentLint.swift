/// Looks for what AWS takes and what is likely wrong (`kiln validate --strict`).
///
/// Every finding is a warning: a rule that is often wrong is worse than none.
struct ComponentLint {
    let document: ComponentDocument
    let diagnostics: Diagnostics

    func run() {
        checkNames()
        checkSecrets()
        for step in document.phases.flatMap(\.steps) {
            switch step.action {
            case .executeBash: checkScript(step)
            case .deleteFolder: checkDeletion(step)
            case .webDownload: checkDownloads(step)
            default: break
            }
            checkPermissions(step)
        }
    }

    private func checkNames() {
        var used: Set<String> = []
        for step in document.phases.flatMap(\.steps) {
            let expressions =
                (step.inputs?.expressions ?? []) + (step.loop?.expressions ?? [])
                + (step.condition?.condition.expressions ?? [])
            for expression in expressions {
                switch expression.reference {
                case .variable(let name), .systemsManager(.variable(let name)): used.insert(name)
                default: break
                }
            }
        }
        for parameter in document.parameters where !used.contains(parameter.name) {
            diagnostics.warning(
                at: parameter.position, "the parameter '\(parameter.name)' is not used", rule: .unusedName)
        }
        for constant in document.constants where !used.contains(constant.name) {
            diagnostics.warning(at: constant.position, "the constant '\(constant.name)' is not used", rule: .unusedName)
        }
    }

    private func checkSecrets() {
        for parameter in document.parameters {
            guard let secret = PlainSecret.find(in: parameter.defaultValue ?? "") else { continue }
            report(secret.kind, at: parameter.position)
        }
        for constant in document.constants {
            guard let secret = PlainSecret.find(in: constant.value) else { continue }
            report(secret.kind, at: constant.position)
        }
        for text in document.phases.flatMap(\.steps).flatMap({ $0.inputs?.texts ?? [] }) {
            guard let secret = PlainSecret.find(in: text.source) else { continue }
            report(secret.kind, at: text.position(at: secret.index))
        }
    }

    private func report(_ kind: String, at position: SourcePosition) {
        diagnostics.warning(
            at: position, "\(kind) is written in the document",
            hint: "keep it in Parameter Store and write {{ aws:ssm:NAME }}", rule: .plainSecret)
    }

    private func checkDeletion(_ step: ComponentStep) {
        for record in step.inputs?.elements ?? [] {
            guard let path = record["path"]?.text, SystemPath.contains(path.source) else { continue }
            diagnostics.warning(
                at: path.position, "the step '\(step.name)' deletes \(path.source), which the system needs",
                rule: .systemPath)
        }
    }

    private func checkDownloads(_ step: ComponentStep) {
        for record in step.inputs?.elements ?? [] {
            if let source = record["source"]?.text, source.source.lowercased().hasPrefix("http://"),
                record["checksum"] == nil
            {
                diagnostics.warning(
                    at: source.position, "a download over http:// without a checksum can be changed on its way",
                    hint: "use https://, or give 'checksum' and 'algorithm'", rule: .uncheckedDownload)
            }
            if let ignores = record["ignoreCertificateErrors"]?.text, ignores.source.lowercased() == "true" {
                diagnostics.warning(
                    at: ignores.position, "the server's certificate is not checked", rule: .uncheckedCertificate)
            }
        }
    }

    private func checkPermissions(_ step: ComponentStep) {
        guard step.action.schema.field("permissions") != nil else { return }
        for text in (step.inputs?.elements ?? []).compactMap({ $0["permissions"]?.text }) {
            guard Self.isWorldWritable(text.source) else { continue }
            diagnostics.warning(
                at: text.position, "the permissions \(text.source) let everyone write", rule: .worldWritable)
        }
    }

    /// Octal permissions that let others write, without the sticky bit that a shared folder has.
    static func isWorldWritable(_ text: String) -> Bool {
        guard let mode = Int(text, radix: 8), mode > 0, mode <= 0o7777 else { return false }
        return mode & 0o002 != 0 && mode & 0o1000 == 0
    }
}

extension ComponentDocument {
    /// What AWS takes in the document and what is likely wrong, in the order of the document.
    ///
    /// - Parameter secrets: texts that no message may show.
    public func lint(hiding secrets: Set<String> = []) -> [Diagnostic] {
        let diagnostics = Diagnostics()
        for secret in secrets { diagnostics.hide(secret) }
        ComponentLint(document: self, diagnostics: diagnostics).run()
        return diagnostics.sorted
    }
}
