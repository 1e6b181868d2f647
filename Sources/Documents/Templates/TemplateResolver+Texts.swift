import FoundationEssentials

/// The functions that make texts and lists.
extension TemplateResolver {
    func sub(_ argument: DocumentNode, at position: SourcePosition) -> DocumentNode {
        let parts = argument.elements
        let node = parts?.first ?? argument
        guard let text = node.text, (parts?.count ?? 1) <= 2 else {
            return refuse(.sub, at: position, "needs a text, and perhaps a mapping of its variables")
        }
        var own: [String: DocumentNode] = [:]
        for entry in parts?.dropFirst().first?.entries ?? [] { own[entry.key] = evaluate(entry.value) }

        var result = ""
        var keepsLines = true
        for part in SubTemplate(node, text: text).parts {
            switch part {
            case .literal(let literal):
                result += literal
            case .variable(let name, let place):
                guard let value = own[name] ?? variable(name, at: place), let piece = value.text else {
                    return unresolved(at: position)
                }
                result += piece
                keepsLines = keepsLines && !piece.contains("\n")
            }
        }
        // The lines of a literal block are still the file's lines if no value brought in more of them.
        let isBlock = if case .block = node.layout { true } else { false }
        let layout = isBlock && keepsLines ? node.layout : .opaque
        return DocumentNode(.string(result), at: position, layout: layout)
    }

    private func variable(_ name: String, at position: SourcePosition) -> DocumentNode? {
        guard let dot = name.firstIndex(of: ".") else {
            guard let value = value(of: name, at: position) else {
                return refuse(.sub, at: position, "cannot put \(name) into a text")
            }
            guard value.elements == nil else {
                return refuse(.sub, at: position, "cannot put the list '\(name)' into a text", hint: "use Fn::Join")
            }
            return value
        }
        guard let resource = template.resource(String(name[..<dot])) else { return nil }
        return attribute(String(name[name.index(after: dot)...]), of: resource, at: position)
    }

    func join(_ argument: DocumentNode, at position: SourcePosition) -> DocumentNode {
        guard let parts = argument.elements, parts.count == 2, let delimiter = evaluate(parts[0])?.text else {
            return refuse(.join, at: position, "needs a delimiter and a list")
        }
        guard let list = texts(.join, parts[1], at: position) else { return unresolved(at: position) }
        return .string(list.joined(separator: delimiter), at: position)
    }

    func select(_ argument: DocumentNode, at position: SourcePosition) -> DocumentNode {
        guard let parts = argument.elements, parts.count == 2, let index = evaluate(parts[0])?.text.flatMap({ Int($0) })
        else { return refuse(.select, at: position, "needs an index and a list") }
        guard let list = evaluate(parts[1]) else { return refuse(.select, at: position, "needs a list") }
        if list.isUnresolved { return unresolved(at: position) }
        guard let elements = list.elements else {
            return refuse(.select, at: position, "needs a list, found \(list.kind)")
        }
        guard elements.indices.contains(index) else {
            return refuse(.select, at: position, "asks for element \(index) of a list of \(elements.count)")
        }
        return elements[index].relocated(to: position)
    }

    func split(_ argument: DocumentNode, at position: SourcePosition) -> DocumentNode {
        guard let parts = argument.elements, parts.count == 2, let delimiter = evaluate(parts[0])?.text,
            !delimiter.isEmpty
        else { return refuse(.split, at: position, "needs a delimiter and a text") }
        guard let source = evaluate(parts[1]), !source.isUnresolved else { return unresolved(at: position) }
        guard let text = source.text else { return refuse(.split, at: position, "needs a text, found \(source.kind)") }
        let pieces = text.split(separator: delimiter, omittingEmptySubsequences: false)
        return DocumentNode(.sequence(pieces.map { .string(String($0), at: position) }), at: position)
    }

    func base64(_ argument: DocumentNode, at position: SourcePosition) -> DocumentNode {
        guard let node = evaluate(argument), !node.isUnresolved else { return unresolved(at: position) }
        guard let text = node.text else { return refuse(.base64, at: position, "needs a text, found \(node.kind)") }
        return .string(Data(text.utf8).base64EncodedString(), at: position)
    }

    /// Two zones, as every region has; nothing of Kiln runs in one.
    func availabilityZones(_ argument: DocumentNode, at position: SourcePosition) -> DocumentNode {
        guard let region = evaluate(argument)?.text else { return unresolved(at: position) }
        let name = region.isEmpty ? context.region : region
        return DocumentNode(.sequence(["a", "b"].map { .string(name + $0, at: position) }), at: position)
    }

    /// The elements of a list as texts; nil after a report, or if one of them is unresolved.
    private func texts(_ function: Intrinsic, _ node: DocumentNode, at position: SourcePosition) -> [String]? {
        guard let list = evaluate(node), !list.isUnresolved else { return nil }
        guard let elements = list.elements else {
            _ = refuse(function, at: position, "needs a list, found \(list.kind)")
            return nil
        }
        var result: [String] = []
        for element in elements {
            if element.isUnresolved { return nil }
            guard let text = element.text else {
                _ = refuse(function, at: element.position, "needs texts in its list, found \(element.kind)")
                return nil
            }
            result.append(text)
        }
        return result
    }
}
