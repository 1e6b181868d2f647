/// A string that is not to be seen. Whatever prints, interpolates, dumps or reflects it shows "‹redacted›"; the one way to
/// the text is `reveal()`, which is easy to search for.
public struct Secret: Sendable, Hashable {
    private let text: String

    public init(_ text: String) { self.text = text }

    public func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "‹redacted›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
