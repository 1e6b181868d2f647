extension TemplateResolver {
    /// Whether a condition holds; nil if that is not known, which has been reported.
    func condition(_ name: String, at position: SourcePosition) -> Bool? {
        if let computed = conditionValues[name] {
            if computed == nil {
                diagnostics.error(at: position, "the condition '\(name)' depends on itself")
            }
            return computed
        }
        guard let entry = template.conditions.first(where: { $0.key == name }) else { return nil }
        conditionValues[name] = .some(nil)
        let value = boolean(entry.value)
        // An unknown condition counts as true, so that what it guards is checked too.
        conditionValues[name] = value ?? true
        return value
    }

    private func boolean(_ node: DocumentNode) -> Bool? {
        guard let call = Intrinsic.call(node) else {
            diagnostics.error(
                at: node.position,
                "a condition must be Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition, found \(node.kind)"
            )
            return nil
        }
        return boolean(call.function, call.argument, at: call.position)
    }

    func boolean(_ function: Intrinsic, _ argument: DocumentNode, at position: SourcePosition) -> Bool? {
        let parts = argument.elements ?? []
        switch function {
        case .condition:
            return argument.text.flatMap { condition($0, at: argument.position) }
        case .equals:
            guard parts.count == 2 else { break }
            guard let left = evaluate(parts[0]), let right = evaluate(parts[1]), !left.isUnresolved, !right.isUnresolved
            else { return nil }
            return left.text != nil ? left.text == right.text : left == right
        case .not:
            guard parts.count == 1 else { break }
            return boolean(parts[0]).map { !$0 }
        case .and, .or:
            guard (2...10).contains(parts.count) else { break }
            let values = parts.map(boolean)
            if values.contains(where: { $0 == nil }) { return nil }
            return function == .and ? values.allSatisfy { $0 == true } : values.contains(true)
        default:
            diagnostics.error(at: position, "\(function.rawValue) is not a condition")
            return nil
        }
        let count =
            switch function {
            case .equals: "two values"
            case .not: "one condition"
            default: "two to ten conditions"
            }
        diagnostics.error(at: position, "\(function.rawValue) needs \(count)")
        return nil
    }
}
