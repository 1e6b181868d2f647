extension TemplateResolver {
    /// The value of a node, its functions computed; nil for `AWS::NoValue`.
    ///
    /// What cannot be computed is reported, here or by the reference check, and becomes `.unresolved`.
    func evaluate(_ node: DocumentNode) -> DocumentNode? {
        if let call = Intrinsic.call(node) { return evaluate(call.function, call.argument, at: call.position) }
        switch node.value {
        case .sequence(let elements):
            return DocumentNode(.sequence(elements.compactMap(evaluate)), at: node.position)
        case .mapping(let entries):
            let computed = entries.compactMap { entry in
                evaluate(entry.value).map {
                    DocumentNode.Entry(key: entry.key, keyPosition: entry.keyPosition, value: $0)
                }
            }
            return DocumentNode(.mapping(computed), at: node.position)
        default:
            return node
        }
    }

    func unresolved(at position: SourcePosition) -> DocumentNode { DocumentNode(.unresolved, at: position) }

    /// Reports a call that cannot be computed.
    func refuse(_ function: Intrinsic, at position: SourcePosition, _ why: String, hint: String? = nil) -> DocumentNode
    {
        diagnostics.error(at: position, "\(function.rawValue) \(why)", hint: hint)
        return unresolved(at: position)
    }

    private func evaluate(
        _ function: Intrinsic, _ argument: DocumentNode, at position: SourcePosition
    ) -> DocumentNode? {
        switch function {
        case .ref: return ref(argument, at: position)
        case .getAtt: return getAtt(argument, at: position)
        case .sub: return sub(argument, at: position)
        case .join: return join(argument, at: position)
        case .select: return select(argument, at: position)
        case .split: return split(argument, at: position)
        case .findInMap: return findInMap(argument, at: position)
        case .if: return choose(argument, at: position)
        case .base64: return base64(argument, at: position)
        case .getAZs: return availabilityZones(argument, at: position)
        case .condition, .equals, .and, .or, .not:
            guard let value = boolean(function, argument, at: position) else { return unresolved(at: position) }
            return DocumentNode(.bool(value), at: position, text: value ? "true" : "false")
        case .importValue: return importValue(argument, at: position)
        case .cidr, .forEach, .length, .toJSONString, .transform:
            return refuse(function, at: position, "is not computed by Kiln yet")
        }
    }

    /// What another stack exports is for kiln.yaml to say.
    private func importValue(_ argument: DocumentNode, at position: SourcePosition) -> DocumentNode? {
        guard let node = evaluate(argument), !node.isUnresolved else { return unresolved(at: position) }
        guard let name = node.text else { return refuse(.importValue, at: position, "needs the name of an export") }
        if let value = context.exports[name] { return .string(value, at: position) }
        diagnostics.add(
            Diagnostic(
                context.allowsMissingParameters ? .warning : .error, at: position,
                "the export '\(name)' of another stack is not known here",
                hint: "give it in kiln.yaml: exports: {\(name): VALUE}"))
        return unresolved(at: position)
    }

    private func ref(_ argument: DocumentNode, at position: SourcePosition) -> DocumentNode? {
        guard let name = argument.text else { return refuse(.ref, at: position, "needs a name") }
        return value(of: name, at: position)
    }

    /// The value of a parameter or the ID of a resource; nil for `AWS::NoValue`.
    func value(of name: String, at position: SourcePosition) -> DocumentNode? {
        if let pseudo = PseudoParameter(rawValue: name) { return pseudo.node(in: context, at: position) }
        if let value = parameterValues[name] { return value.node(at: position) }
        guard let resource = template.resource(name) else { return unresolved(at: position) }
        return physicalID(of: resource, at: position)
    }

    private func getAtt(_ argument: DocumentNode, at position: SourcePosition) -> DocumentNode? {
        guard let parts = argument.elements, parts.count == 2, let name = parts[0].text,
            let attribute = evaluate(parts[1])?.text
        else {
            return refuse(.getAtt, at: position, "needs a resource and an attribute", hint: "as in !GetAtt Name.Arn")
        }
        guard let resource = template.resource(name) else { return unresolved(at: position) }
        return self.attribute(attribute, of: resource, at: position)
    }

    private func choose(_ argument: DocumentNode, at position: SourcePosition) -> DocumentNode? {
        guard let parts = argument.elements, parts.count == 3, let name = parts[0].text else {
            return refuse(.if, at: position, "needs a condition's name and two values")
        }
        guard let value = condition(name, at: parts[0].position) else { return unresolved(at: position) }
        return evaluate(parts[value ? 1 : 2])
    }

    private func findInMap(_ argument: DocumentNode, at position: SourcePosition) -> DocumentNode? {
        guard let parts = argument.elements, parts.count == 3 || parts.count == 4 else {
            return refuse(.findInMap, at: position, "needs a mapping's name and two keys")
        }
        let keys = parts.prefix(3).map { evaluate($0) }
        if keys.contains(where: { $0?.isUnresolved ?? false }) { return unresolved(at: position) }
        let names = keys.map { $0?.text ?? "" }
        guard let mapping = template.mappings.first(where: { $0.key == names[0] }) else {
            let hint = Suggestion.hint(for: names[0], in: template.mappings.map(\.key))
            return refuse(
                .findInMap, at: parts[0].position, "names the mapping '\(names[0])', which is not there", hint: hint)
        }
        if let value = mapping.value[names[1]]?[names[2]] {
            return value.relocated(to: position)
        }
        if let fallback = parts.dropFirst(3).first?["DefaultValue"] { return evaluate(fallback) }
        let level = mapping.value[names[1]]
        let missing = level == nil ? 1 : 2
        let known = (level ?? mapping.value).entries?.map(\.key) ?? []
        return refuse(
            .findInMap, at: parts[missing].position, "finds no '\(names[missing])' in the mapping '\(names[0])'",
            hint: Suggestion.hint(for: names[missing], in: known))
    }
}

extension DocumentNode {
    /// The same value as if written elsewhere.
    func relocated(to position: SourcePosition) -> DocumentNode {
        switch value {
        case .sequence(let elements):
            DocumentNode(.sequence(elements.map { $0.relocated(to: position) }), at: position)
        default:
            DocumentNode(value, at: position, text: text)
        }
    }
}
