/// Which local base image stands for which parent reference (`images/catalog.yaml`).
public struct ParentCatalog: Sendable, Equatable {
    public struct Entry: Sendable, Equatable {
        public var image: String
        public var references: [String]
    }
    public var entries: [Entry] = []

    public init() {}

    public init?(_ text: String, file: String, diagnostics: Diagnostics) {
        guard let node = DocumentNode.parse(text, file: file, diagnostics: diagnostics),
            var fields = FieldReader(node, what: "a catalog", diagnostics)
        else { return nil }
        for node in fields.list("parents", required: true) ?? [] {
            guard var entry = FieldReader(node, what: "a parent", diagnostics) else { continue }
            let image = entry.string("image", required: true)
            let references = (entry.list("references", required: true) ?? []).compactMap(\.text)
            entry.reportUnknown()
            if let image { entries.append(Entry(image: image, references: references)) }
        }
        fields.reportUnknown()
    }

    /// The local image for a reference. `*` in a pattern matches within one part of it (between `:` and `/`), and an
    /// x in a version, on either side, matches any number.
    public func image(for reference: String) -> String? {
        entries.first { entry in entry.references.contains { Self.matches(reference, $0) } }?.image
    }

    static func matches(_ reference: String, _ pattern: String) -> Bool {
        func parts(_ text: String) -> [Substring] {
            text.split(omittingEmptySubsequences: false) { $0 == ":" || $0 == "/" }
        }
        let (left, right) = (parts(reference), parts(pattern))
        return left.count == right.count
            && zip(left, right).allSatisfy { part, wanted in
                wanted == "*" || part == wanted || sameVersion(part, wanted)
            }
    }

    private static func sameVersion(_ left: Substring, _ right: Substring) -> Bool {
        let (left, right) = (left.split(separator: "."), right.split(separator: "."))
        guard left.count == 3, right.count == 3 else { return false }
        return zip(left, right).allSatisfy { $0 == $1 || $0 == "x" && Int($1) != nil || $1 == "x" && Int($0) != nil }
    }
}
