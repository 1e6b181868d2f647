import Yams

/// A value of a document with its place, so that whatever is wrong with it can be pointed at.
public struct DocumentNode: Sendable, Equatable {
    public indirect enum Value: Sendable, Equatable {
        /// Plain scalars keep their text: "1.0" as a version and 1.0 as a number are told apart by who reads them.
        case scalar(String, quoted: Bool)
        case sequence([DocumentNode])
        case mapping([(key: DocumentNode, value: DocumentNode)])

        public static func == (left: Value, right: Value) -> Bool {
            switch (left, right) {
            case (.scalar(let a, let b), .scalar(let c, let d)): a == c && b == d
            case (.sequence(let a), .sequence(let b)): a == b
            case (.mapping(let a), .mapping(let b)):
                a.count == b.count && zip(a, b).allSatisfy { $0.key == $1.key && $0.value == $1.value }
            default: false
            }
        }
    }

    public var value: Value
    public var position: SourcePosition
    /// A short-form intrinsic such as `!Sub`, without the mark.
    public var tag: String?
    /// Whether the text is a literal block (`|`), whose lines are lines of the file.
    public var isLiteralBlock = false

    public var kindName: String {
        switch value {
        case .scalar: "text"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }

    public var text: String? {
        if case .scalar(let text, _) = value { return text }
        return nil
    }

    public var isNull: Bool {
        if case .scalar(let text, let quoted) = value {
            return !quoted && ["", "~", "null", "Null", "NULL"].contains(text)
        }
        return false
    }

    public subscript(_ key: String) -> DocumentNode? {
        guard case .mapping(let pairs) = value else { return nil }
        return pairs.first { $0.key.text == key }?.value
    }
}

extension DocumentNode {
    private static let deepest = 64
    /// Aliases multiply: a small file may stand for a tree of billions.
    private static let largest = 200_000

    /// Parses YAML or JSON. Problems go to `diagnostics`; nil where there is no document.
    public static func parse(_ text: String, file: String, diagnostics: Diagnostics) -> DocumentNode? {
        let start = SourcePosition(file: file, line: 1, column: 1)
        do {
            guard let node = try Yams.compose(yaml: text) else {
                diagnostics.error(start, "the file is empty")
                return nil
            }
            var budget = largest
            return convert(node, file: file, depth: 0, budget: &budget, diagnostics)
        } catch let error as YamlError {
            let (place, message) = describe(error, file: file)
            diagnostics.error(place ?? start, message)
        } catch {
            diagnostics.error(start, "this is no YAML: \(error)")
        }
        return nil
    }

    private static func describe(_ error: YamlError, file: String) -> (SourcePosition?, String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let before = context.map { "\($0.text) " } ?? ""
            return (
                SourcePosition(file: file, line: mark.line, column: mark.column), "syntax error: \(before)\(problem)"
            )
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "\($0)" }.sorted().joined(separator: ", ")
            return (
                SourcePosition(file: file, line: context.mark.line, column: context.mark.column),
                "the key \(names) is there twice"
            )
        default: return (nil, "this is no YAML: \(error)")
        }
    }

    private static func convert(
        _ node: Node, file: String, depth: Int, budget: inout Int, _ diagnostics: Diagnostics
    ) -> DocumentNode? {
        let mark = node.mark
        let position = SourcePosition(file: file, line: mark?.line ?? 1, column: mark?.column ?? 1)
        budget -= 1
        guard depth < deepest, budget > 0 else {
            diagnostics.error(
                position, depth < deepest ? "the document is too large" : "nested deeper than \(deepest) levels")
            return nil
        }
        func child(_ node: Node, _ budget: inout Int) -> DocumentNode? {
            convert(node, file: file, depth: depth + 1, budget: &budget, diagnostics)
        }
        let name = "\(node.tag)"
        let tag = name.hasPrefix("!") && name.count > 1 ? String(name.dropFirst()) : nil
        switch node {
        case .scalar(let scalar):
            let quoted = scalar.style != .plain && scalar.style != .any
            return DocumentNode(
                value: .scalar(scalar.string, quoted: quoted), position: position, tag: tag,
                isLiteralBlock: scalar.style == .literal)
        case .sequence(let sequence):
            return DocumentNode(
                value: .sequence(sequence.compactMap { child($0, &budget) }), position: position, tag: tag)
        case .mapping(let mapping):
            var pairs: [(key: DocumentNode, value: DocumentNode)] = []
            for (key, value) in mapping {
                guard let key = child(key, &budget), let value = child(value, &budget) else { continue }
                if key.text == nil { diagnostics.error(key.position, "a key must be text, not \(key.kindName)") }
                pairs.append((key, value))
            }
            return DocumentNode(value: .mapping(pairs), position: position, tag: tag)
        case .alias:
            diagnostics.error(position, "an alias names no anchor")
            return nil
        }
    }
}
