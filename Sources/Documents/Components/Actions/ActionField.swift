/// One key of an action's inputs.
public struct ActionField: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Any scalar, as it is written.
        case string
        /// `true` or `false`.
        case bool
        /// A whole number that is not negative.
        case integer
        case strings
        /// A mapping of names to texts.
        case texts
        /// A list of `name` and `value` for the parameters of a nested document.
        case parameters
        /// A scalar or a list of them.
        case scalars
    }

    public let name: String
    public let kind: Kind
    public let isRequired: Bool
    /// What stands for it where it is not given, as a text of its kind; nil: nothing does.
    public let defaultValue: String?
    /// The values it may have; empty: any.
    public let allowed: [String]
    /// Whether `allowed` is meant without regard to capitals.
    public let ignoresCase: Bool
    /// Nil: every platform the action runs on.
    public let platforms: Set<Platform>?

    init(
        _ name: String, _ kind: Kind = .string, required: Bool = false, default defaultValue: String? = nil,
        allowed: [String] = [], ignoresCase: Bool = false, platforms: Set<Platform>? = nil
    ) {
        self.name = name
        self.kind = kind
        isRequired = required
        self.defaultValue = defaultValue
        self.allowed = allowed
        self.ignoresCase = ignoresCase
        self.platforms = platforms
    }

    /// Whether a text without expressions is one of the values it may have.
    public func allows(_ text: String) -> Bool {
        allowed.isEmpty
            || allowed.contains { ignoresCase ? $0.lowercased() == text.lowercased() : $0 == text }
    }
}
