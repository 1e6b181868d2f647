/// A secret on its way to or from the store. Whatever prints, interpolates, dumps or reflects it shows "‹redacted›".
public struct SecretText: Sendable, Hashable {
    private let text: String

    public init(_ text: String) { self.text = text }

    public func reveal() -> String { text }
}

extension SecretText: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "‹redacted›" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: []) }
}
