/// What a parameter stands for: one text, or a list of them.
enum ParameterValue {
    case text(String)
    case list([String])

    func node(at position: SourcePosition) -> DocumentNode {
        switch self {
        case .text(let text): .string(text, at: position)
        case .list(let texts): DocumentNode(.sequence(texts.map { .string($0, at: position) }), at: position)
        }
    }
}

extension TemplateResolver {
    func bindParameters() {
        for parameter in template.parameters {
            // Before any check can quote it; also a default that another value stands in for, which is no less a secret.
            if parameter.isSecret, let value = parameter.defaultValue { diagnostics.hide(value) }
            let given = context.parameters[parameter.name]
            guard let text = given ?? parameter.defaultValue else {
                let problem = Diagnostic(
                    context.allowsMissingParameters ? .warning : .error, at: parameter.position,
                    "the parameter '\(parameter.name)' has no value",
                    hint: "give it with --parameter \(parameter.name)=VALUE, or a Default")
                diagnostics.add(problem)
                continue
            }
            if parameter.isSecret { diagnostics.hide(text) }
            parameterValues[parameter.name] = value(of: parameter, text)
        }
    }

    private func value(of parameter: TemplateParameter, _ text: String) -> ParameterValue {
        switch parameter.kind {
        case .string:
            check(parameter, text)
            return .text(text)
        case .number:
            check(parameter, text)
            return .text(text)
        case .list, .numberList:
            let texts = text.isEmpty ? [] : text.split(separator: ",", omittingEmptySubsequences: false).map(trimmed)
            for text in texts { check(parameter, text) }
            return .list(texts)
        case .systemsManager(let list):
            check(parameter, text)
            guard let stored = context.systemsManagerParameters[text] else {
                return list ? .list(["ssm:\(text)"]) : .text("ssm:\(text)")
            }
            if parameter.isSecret { diagnostics.hide(stored) }
            return list ? .list(stored.split(separator: ",").map(trimmed)) : .text(stored)
        }
    }

    private func trimmed(_ text: Substring) -> String { String(text.trimmingBlanks) }

    private func check(_ parameter: TemplateParameter, _ text: String) {
        func refuse(_ why: String) {
            diagnostics.error(
                at: parameter.position, "the value '\(text)' of the parameter '\(parameter.name)' \(why)",
                hint: parameter.constraintDescription)
        }
        if parameter.kind == .number || parameter.kind == .numberList {
            guard let number = ScalarType.double(text) else { return refuse("is not a number") }
            if !parameter.numbers.contains(number) { refuse("is out of its bounds") }
        } else if !parameter.lengths.contains(text.unicodeScalars.count) {
            refuse("has \(text.unicodeScalars.count) characters, out of its bounds")
        }
        if !parameter.allowedValues.isEmpty, !parameter.allowedValues.contains(text) {
            refuse("is not one of \(parameter.allowedValues.joined(separator: ", "))")
        }
        guard let pattern = parameter.allowedPattern else { return }
        do {
            if try Regex(pattern).wholeMatch(in: text) == nil { refuse("does not match \(pattern)") }
        } catch {
            diagnostics.warning(
                at: parameter.position, "the pattern of the parameter '\(parameter.name)' is not checked: \(pattern)")
        }
    }
}
