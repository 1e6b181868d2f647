/// Resolves CloudFormation's intrinsic functions in a tree of nodes
/// (AWS CloudFormation user guide, "Intrinsic function reference").
struct Intrinsics {
    /// What a Ref or GetAtt of a resource of the template gives.
    struct ResourceValue {
        var reference: String
        var attributes: [String: String]
    }

    let context: TemplateContext
    let parameters: [String: String]
    let resources: [String: ResourceValue]
    let diagnostics: Diagnostics

    func resolve(_ node: DocumentNode) -> DocumentNode {
        if let tag = node.tag { return call(tag, node) }
        switch node.value {
        case .scalar: return node
        case .sequence(let items): return node.with(.sequence(items.map(resolve)))
        case .mapping(let pairs):
            if pairs.count == 1, let name = pairs[0].key.text {
                if name == "Ref" { return call("Ref", pairs[0].value) }
                if name.hasPrefix("Fn::") { return call(String(name.dropFirst(4)), pairs[0].value) }
            }
            return node.with(.mapping(pairs.map { ($0.key, resolve($0.value)) }))
        }
    }

    private func call(_ name: String, _ node: DocumentNode) -> DocumentNode {
        var argument = node
        argument.tag = nil
        let text: String?
        switch name {
        case "Ref": text = reference(argument)
        case "GetAtt": text = attribute(argument)
        case "Sub": text = substitute(argument)
        case "Join": text = join(resolve(argument))
        default:
            diagnostics.error(
                node.position,
                "the function \(name) is not known here; Ref, GetAtt, Sub and Join are"
                    + suggestion(for: name, among: ["Ref", "GetAtt", "Sub", "Join"]))
            text = ""
        }
        var result = argument.with(.scalar(text ?? "", quoted: true))
        // The lines of a literal block stay lines of the file where nothing in them was replaced.
        result.isLiteralBlock = argument.isLiteralBlock
        return result
    }

    private func reference(_ node: DocumentNode) -> String? {
        guard let name = node.text else {
            diagnostics.error(node.position, "Ref takes a name, not \(node.kindName)")
            return nil
        }
        return value(of: name, at: node.position)
    }

    private func value(of name: String, at position: SourcePosition) -> String? {
        switch name {
        case "AWS::Region": return context.region
        case "AWS::AccountId": return context.accountID
        case "AWS::Partition": return context.partition
        case "AWS::StackName": return context.stackName
        case "AWS::URLSuffix": return "amazonaws.com"
        case "AWS::NoValue": return ""
        case "AWS::StackId":
            return
                "arn:\(context.partition):cloudformation:\(context.region):\(context.accountID):stack/\(context.stackName)/kiln"
        default: break
        }
        if let value = parameters[name] ?? resources[name]?.reference { return value }
        let known = Array(parameters.keys) + Array(resources.keys)
        diagnostics.error(
            position, "there is no parameter or resource \(name)\(suggestion(for: name, among: known))")
        return nil
    }

    private func attribute(_ node: DocumentNode) -> String? {
        let parts: [String]
        switch node.value {
        case .scalar(let text, _): parts = text.split(separator: ".", maxSplits: 1).map(String.init)
        case .sequence(let items): parts = items.compactMap { resolve($0).text }
        case .mapping: parts = []
        }
        guard parts.count == 2 else {
            diagnostics.error(node.position, "GetAtt takes a resource and an attribute, as in Name.Arn")
            return nil
        }
        return attribute(parts[1], of: parts[0], at: node.position)
    }

    private func attribute(_ attribute: String, of name: String, at position: SourcePosition) -> String? {
        guard let resource = resources[name] else {
            diagnostics.error(
                position, "there is no resource \(name)\(suggestion(for: name, among: resources.keys))")
            return nil
        }
        if let value = resource.attributes[attribute] { return value }
        // Resources of other services are not made here; what they would give is opaque.
        if resource.attributes.isEmpty { return "\(resource.reference).\(attribute)" }
        diagnostics.error(
            position,
            "\(name) has no attribute \(attribute)\(suggestion(for: attribute, among: resource.attributes.keys))")
        return nil
    }

    private func substitute(_ node: DocumentNode) -> String? {
        var variables: [String: String] = [:]
        var template = node.text
        if case .sequence(let items) = node.value, items.count == 2, case .mapping(let pairs) = items[1].value {
            template = items[0].text
            for (key, value) in pairs { variables[key.text ?? ""] = resolve(value).text ?? "" }
        }
        guard let template else {
            diagnostics.error(node.position, "Sub takes a text, or a list of a text and a mapping of variables")
            return nil
        }
        var result = ""
        var rest = Substring(template)
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            guard rest.hasPrefix("${"), let end = rest.firstIndex(of: "}") else {
                result.append(rest.removeFirst())
                continue
            }
            let name = String(rest[rest.index(rest.startIndex, offsetBy: 2)..<end]).filter { !$0.isWhitespace }
            rest = rest[rest.index(after: end)...]
            if name.hasPrefix("!") {
                result += "${\(name.dropFirst())}"
            } else if let value = variables[name] {
                result += value
            } else if let dot = name.firstIndex(of: "."), !name.contains("::") {
                result +=
                    attribute(String(name[name.index(after: dot)...]), of: String(name[..<dot]), at: node.position)
                    ?? ""
            } else {
                result += value(of: name, at: node.position) ?? ""
            }
        }
        return result + rest
    }

    private func join(_ node: DocumentNode) -> String? {
        guard case .sequence(let items) = node.value, items.count == 2, let separator = items[0].text,
            case .sequence(let values) = items[1].value
        else {
            diagnostics.error(node.position, "Join takes a list of a separator and a list")
            return nil
        }
        return values.compactMap(\.text).joined(separator: separator)
    }
}

extension DocumentNode {
    func with(_ value: Value) -> DocumentNode {
        var copy = self
        copy.value = value
        copy.tag = nil
        return copy
    }
}
