/// The inputs an action takes: a closed schema (user guide, toe-action-modules).
public struct ActionSchema: Sendable, Hashable {
    public enum Shape: Sendable, Hashable {
        /// One mapping of the fields.
        case mapping
        /// A list of such mappings, done one after the other: one step copies many files.
        case list
        /// A conditional expression.
        case condition
    }

    public let shape: Shape
    public let fields: [ActionField]
    /// Exactly one of these has to be given; empty for most.
    public let oneOf: [String]
    /// These do nothing one without the other; empty for most.
    public let together: [String]

    init(_ shape: Shape, _ fields: [ActionField] = [], oneOf: [String] = [], together: [String] = []) {
        self.shape = shape
        self.fields = fields
        self.oneOf = oneOf
        self.together = together
    }

    public func field(_ name: String) -> ActionField? {
        fields.first { $0.name == name }
    }

    /// Whether a step can do without `inputs`.
    var needsInputs: Bool { shape != .mapping || !oneOf.isEmpty || fields.contains(where: \.isRequired) }
}
