/// Checks that every action, and every input that only some systems know, is for the component's platform.
struct PlatformCheck {
    let document: ComponentDocument
    let diagnostics: Diagnostics

    /// - Parameter platform: of the component; nil for a document by itself, which then only has to agree with itself.
    func run(_ platform: Platform?) {
        let steps = document.phases.flatMap(\.steps)
        guard let platform else { return checkAgreement(steps) }
        for step in steps {
            if !step.action.platforms.contains(platform) {
                report(step, on: platform)
            } else if platform == .windows {
                checkFields(step)
            }
        }
    }

    private func report(_ step: ComponentStep, on platform: Platform) {
        let names = Suggestion.oneOf(step.action.platforms.map(\.rawValue).sorted())
        let message =
            "the action \(step.action.rawValue) of the step '\(step.name)' is for \(names), "
            + "and the component is for \(platform.rawValue)"
        // PowerShell is there on other systems too, and Kiln runs it where it is.
        if step.action == .executePowerShell {
            diagnostics.warning(
                at: step.position, message, hint: "Kiln runs it where pwsh is installed, AWS does not", rule: .platform)
        } else {
            diagnostics.error(at: step.position, message, rule: .platform)
        }
    }

    private func checkFields(_ step: ComponentStep) {
        let limited = step.action.schema.fields.filter { !($0.platforms?.contains(.windows) ?? true) }
        for entry in (step.inputs?.elements ?? []).flatMap({ $0.entries ?? [] }) {
            guard limited.contains(where: { $0.name == entry.key }) else { continue }
            diagnostics.error(
                at: entry.keyPosition, "'\(entry.key)' of \(step.action.rawValue) is not for Windows", rule: .platform)
        }
    }

    /// A step under an `if` may be meant for another system than its neighbours.
    private func checkAgreement(_ steps: [ComponentStep]) {
        var common = Set(Platform.allCases)
        var last: ComponentStep?
        for step in steps where step.condition == nil {
            let remaining = common.intersection(step.action.platforms)
            if remaining.isEmpty, let last {
                diagnostics.warning(
                    at: step.position,
                    "no system runs both \(last.action.rawValue) of the step '\(last.name)' and "
                        + "\(step.action.rawValue) of the step '\(step.name)'", rule: .platform)
                return
            }
            if remaining.count < common.count { last = step }
            common = remaining
        }
    }
}
