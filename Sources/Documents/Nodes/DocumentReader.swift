import Yams

/// Reads YAML (and JSON, which is YAML) into positioned values, within bounds, and reports what is not readable.
struct DocumentReader {
    enum Dialect {
        /// CloudFormation: `!Ref` and its like become their long forms.
        case template
        /// Anything else: tags mean nothing.
        case plain
    }

    /// CloudFormation takes templates up to 1 MB; no other document comes near.
    static let maximumBytes = 1_048_576
    /// Values a document may hold once its aliases are expanded: more than any real one, far less than a bomb.
    static let maximumNodes = 100_000
    /// Real documents nest ten deep or so.
    static let maximumDepth = 64

    let dialect: Dialect
    let map: PositionMap
    let diagnostics: Diagnostics

    /// The document's value, or nil after reporting why there is none.
    func read(_ text: String) -> DocumentNode? {
        guard text.utf8.count <= Self.maximumBytes else {
            diagnostics.error(
                at: map.position(line: 1, column: 1),
                "the document is \(text.utf8.count) bytes long; \(Self.maximumBytes) is the most", rule: .syntax)
            return nil
        }
        if let place = ComplexKeys.suspect(in: text) {
            diagnostics.error(
                at: map.position(place),
                "a mapping key must be a plain name, not an alias or a collection", rule: .syntax)
            return nil
        }
        do {
            let parser = try Yams.Parser(yaml: text, encoding: .utf8)
            guard let root = try parser.singleRoot() else {
                diagnostics.error(at: map.position(line: 1, column: 1), "the document is empty", rule: .syntax)
                return nil
            }
            var builder = NodeBuilder(reader: self, lines: SourceLines(text))
            let node = builder.build(root, depth: 0)
            // The parser owns the anchors that tell an alias from its original.
            withExtendedLifetime(parser) {}
            return builder.failed ? nil : node
        } catch let error as YamlError {
            report(error, in: text)
        } catch {
            diagnostics.error(
                at: map.position(line: 1, column: 1), "the document cannot be read: \(error)", rule: .syntax)
        }
        return nil
    }
}
