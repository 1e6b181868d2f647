import Documents
import Testing

/// What is wrong with texts, as the lines a person sees.
enum Problems {
    static func component(_ text: String) -> [String] {
        lines { () throws(DocumentFailure) in _ = try ComponentDocument.parse(text: text, file: "c.yaml") }
    }

    /// Errors and warnings of a template.
    static func template(_ text: String, _ context: TemplateContext = TemplateContext()) -> [String] {
        do throws(DocumentFailure) {
            return try Template.parse(text: text, file: "t.yaml").resolve(context).warnings.map(\.description)
        } catch {
            return error.diagnostics.map(\.description)
        }
    }

    static func lines(_ body: () throws(DocumentFailure) -> Void) -> [String] {
        do throws(DocumentFailure) {
            try body()
            return []
        } catch {
            return error.diagnostics.map(\.description)
        }
    }
}

/// A document and what is to be said about it.
struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let text: String
    let expected: [String]

    init(_ name: String, _ text: String, _ expected: String...) {
        self.name = name
        self.text = text
        self.expected = expected
    }

    var testDescription: String { name }
}
