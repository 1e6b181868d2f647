/// Reads a mapping against a closed list of keys: each asked for once, the rest reported.
struct FieldReader {
    let node: DocumentNode
    /// What the mapping is, as in "a step".
    let what: String
    let diagnostics: Diagnostics
    private var known: Set<String> = []

    init?(_ node: DocumentNode, what: String, _ diagnostics: Diagnostics) {
        guard case .mapping = node.value else {
            diagnostics.error(node.position, "expected \(what) (a mapping), found \(node.kindName)")
            return nil
        }
        self.node = node
        self.what = what
        self.diagnostics = diagnostics
    }

    mutating func field(_ name: String, required: Bool = false) -> DocumentNode? {
        known.insert(name)
        let value = node[name]
        if required, value == nil { diagnostics.error(node.position, "\(what) needs \(name)") }
        return value
    }

    mutating func string(_ name: String, required: Bool = false) -> String? {
        guard let value = field(name, required: required) else { return nil }
        guard let text = value.text else {
            diagnostics.error(value.position, "\(name) must be text, not \(value.kindName)")
            return nil
        }
        return text
    }

    mutating func integer(_ name: String) -> Int? {
        guard let value = field(name) else { return nil }
        guard let text = value.text, let number = Int(text) else {
            let found = value.text.map { "'\($0)'" } ?? value.kindName
            diagnostics.error(value.position, "\(name) must be a whole number, not \(found)")
            return nil
        }
        return number
    }

    mutating func boolean(_ name: String) -> Bool? {
        guard let value = field(name) else { return nil }
        switch value.text?.lowercased() {
        case "true": return true
        case "false": return false
        default:
            diagnostics.error(value.position, "\(name) must be true or false")
            return nil
        }
    }

    mutating func list(_ name: String, required: Bool = false) -> [DocumentNode]? {
        guard let value = field(name, required: required) else { return nil }
        guard case .sequence(let items) = value.value else {
            diagnostics.error(value.position, "\(name) must be a list, not \(value.kindName)")
            return nil
        }
        return items
    }

    /// Keys that the caller reads later or not at all.
    mutating func allow(_ names: String...) { known.formUnion(names) }

    func reportUnknown() {
        guard case .mapping(let pairs) = node.value else { return }
        for (key, _) in pairs {
            guard let name = key.text, !known.contains(name) else { continue }
            diagnostics.error(key.position, "\(what) has no key \(name)\(suggestion(for: name, among: known))")
        }
    }
}
