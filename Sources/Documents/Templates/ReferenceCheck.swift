/// Checks that everything a template refers to is in it, everywhere in it, and that nothing refers to itself in a ring.
struct ReferenceCheck {
    let template: Template
    let diagnostics: Diagnostics

    func run() {
        var graph: [String: [Positioned<String>]] = [:]
        for resource in template.resources {
            var targets = references(in: resource.properties)
            targets += resource.dependsOn
            for dependency in resource.dependsOn { resourceExists(dependency, "DependsOn") }
            if let condition = resource.condition { conditionExists(condition) }
            graph[resource.logicalID] = targets.filter { template.resource($0.value) != nil }
        }
        reportRings(graph)
        for entry in template.conditions { _ = references(in: entry.value) }
        for output in template.outputs {
            _ = references(in: output.value) + references(in: output.exportName)
            if let condition = output.condition { conditionExists(condition) }
        }
    }

    /// The resources a value refers to; what is not there is reported.
    private func references(in node: DocumentNode?) -> [Positioned<String>] {
        guard let node else { return [] }
        if let call = Intrinsic.call(node) {
            switch call.function {
            case .ref:
                return target(call.argument, "Ref").map { [$0] } ?? []
            case .getAtt:
                return attribute(call.argument) + references(in: call.argument)
            case .sub:
                return substitution(call.argument)
            case .condition:
                if let name = call.argument.text { conditionExists(Positioned(name, at: call.argument.position)) }
                return []
            case .if:
                if let name = call.argument.elements?.first, let text = name.text {
                    conditionExists(Positioned(text, at: name.position))
                }
                return references(in: call.argument)
            default:
                return references(in: call.argument)
            }
        }
        if let elements = node.elements { return elements.flatMap(references) }
        return node.entries?.flatMap { references(in: $0.value) } ?? []
    }

    private func target(_ argument: DocumentNode, _ function: String) -> Positioned<String>? {
        guard let name = argument.text, argument.elements == nil else { return nil }
        let target = Positioned(name, at: argument.position)
        return refExists(target) ? target : nil
    }

    private func attribute(_ argument: DocumentNode) -> [Positioned<String>] {
        guard let name = argument.elements?.first, let text = name.text else { return [] }
        let attribute = argument.elements?.dropFirst().first?.text
        let target = Positioned(text, at: name.position)
        return attributeExists(target, attribute) ? [target] : []
    }

    private func substitution(_ argument: DocumentNode) -> [Positioned<String>] {
        let node = argument.elements?.first ?? argument
        let own = argument.elements?.dropFirst().first
        guard let text = node.text else { return references(in: own) }
        let names = Set(own?.entries?.map(\.key) ?? [])
        let targets = SubTemplate(node, text: text).variables.compactMap { variable -> Positioned<String>? in
            guard !names.contains(variable.name) else { return nil }
            guard let dot = variable.name.firstIndex(of: ".") else {
                let target = Positioned(variable.name, at: variable.position)
                return refExists(target, inText: true) ? target : nil
            }
            let target = Positioned(String(variable.name[..<dot]), at: variable.position)
            let attribute = String(variable.name[variable.name.index(after: dot)...])
            return attributeExists(target, attribute) ? target : nil
        }
        return targets + references(in: own)
    }

    private func refExists(_ target: Positioned<String>, inText: Bool = false) -> Bool {
        let name = target.value
        if template.resource(name) != nil { return true }
        if template.parameter(name) != nil || PseudoParameter(rawValue: name) != nil { return false }
        let names =
            template.parameters.map(\.name) + template.resources.map(\.logicalID)
            + PseudoParameter.allCases.map(\.rawValue)
        let literal = inText ? "write ${!\(name)} for a literal ${\(name)}" : nil
        let near = Suggestion.hint(for: name, in: names, listing: 0)
        diagnostics.error(
            at: target.position, "'\(name)' is neither a parameter nor a resource of the template",
            hint: near ?? literal, rule: .reference)
        return false
    }

    private func attributeExists(_ target: Positioned<String>, _ attribute: String?) -> Bool {
        guard resourceExists(target, "Fn::GetAtt") else { return false }
        guard let attribute, let type = template.resource(target.value).flatMap({ ResourceType(rawValue: $0.type) }),
            !type.attributes.contains(attribute)
        else { return true }
        diagnostics.error(
            at: target.position, "\(type.rawValue) has no attribute '\(attribute)'",
            hint: Suggestion.hint(for: attribute, in: type.attributes), rule: .reference)
        return true
    }

    @discardableResult
    private func resourceExists(_ target: Positioned<String>, _ function: String) -> Bool {
        if template.resource(target.value) != nil { return true }
        diagnostics.error(
            at: target.position, "\(function) refers to '\(target.value)', which is not a resource of the template",
            hint: Suggestion.hint(for: target.value, in: template.resources.map(\.logicalID), listing: 0),
            rule: .reference)
        return false
    }

    private func conditionExists(_ name: Positioned<String>) {
        let names = template.conditions.map(\.key)
        guard !names.contains(name.value) else { return }
        diagnostics.error(
            at: name.position, "'\(name.value)' is not a condition of the template",
            hint: Suggestion.hint(for: name.value, in: names), rule: .reference)
    }

    /// Reports each ring of resources once, where its first step is written.
    private func reportRings(_ graph: [String: [Positioned<String>]]) {
        var done: Set<String> = []
        var path: [String] = []
        func visit(_ name: String) {
            guard !done.contains(name) else { return }
            path.append(name)
            for target in graph[name] ?? [] {
                if let start = path.firstIndex(of: target.value) {
                    let ring = (path[start...] + [target.value]).joined(separator: " → ")
                    diagnostics.error(
                        at: target.position, "resources depend on each other in a ring: \(ring)", rule: .reference)
                } else {
                    visit(target.value)
                }
            }
            path.removeLast()
            done.insert(name)
        }
        for resource in template.resources { visit(resource.logicalID) }
    }
}
