/// A component: what to do on a guest, in phases of steps (AWS TOE schema 1.0; user guide, toe-use-documents).
public struct ComponentDocument: Sendable, Hashable {
    public let name: String?
    public let description: String?
    /// Always `1.0`, the only one there is.
    public let schemaVersion: String
    public let parameters: [ComponentParameter]
    public let constants: [ComponentConstant]
    /// In the order of the document, which is the order they run in.
    public let phases: [ComponentPhase]
    /// The document as text, after the template's functions: what is logged, hashed and run.
    public let source: String
    /// What is worth a look and stops nothing, for a document parsed by itself; a template has its own list.
    public internal(set) var warnings: [Diagnostic] = []

    /// Whether a step of it is ExecuteDocument.
    public var runsDocuments: Bool {
        phases.contains { $0.steps.contains { $0.action == .executeDocument } }
    }

    /// What the parameters of these names have: the given values, else their defaults.
    public func values(of names: Set<String>, given: [String: String]) -> [String] {
        parameters.filter { names.contains($0.name) }.compactMap { given[$0.name] ?? $0.defaultValue }
    }

    public func phase(_ name: String) -> ComponentPhase? {
        phases.first { $0.name == name }
    }
}

/// A value the caller of a component may give. Its type is always `string`.
public struct ComponentParameter: Sendable, Hashable {
    public let name: String
    /// Nil: the caller has to give one.
    public let defaultValue: String?
    public let description: String?
    public let position: SourcePosition
}

/// A value fixed in the document.
public struct ComponentConstant: Sendable, Hashable {
    public let name: String
    public let value: String
    public let position: SourcePosition
}

/// Steps run one after the other.
public struct ComponentPhase: Sendable, Hashable {
    /// The phases Image Builder runs: the first two before the snapshot, the last after it.
    public static let build = "build"
    public static let validate = "validate"
    public static let test = "test"
    /// Runs on the host of a container image, which Kiln does not build.
    public static let containerHostTest = "container-host-test"

    public let name: String
    public let steps: [ComponentStep]
    public let position: SourcePosition

    public func step(_ name: String) -> ComponentStep? {
        steps.first { $0.name == name }
    }
}
