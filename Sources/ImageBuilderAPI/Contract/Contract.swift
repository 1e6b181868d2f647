/// The service's public model (imagebuilder, 2019-12-02, rest-json): operations, shapes, errors. Routes, checks and answers are
/// all made from it, so that none of them can differ from it.
public struct Contract: Sendable {
    public let operations: [String: Operation]
    let shapes: [String: Shape]
    /// The HTTP status of each error, by its name.
    let errors: [String: Int]

    /// One request that the service takes.
    public struct Operation: Sendable {
        public let name: String
        let method: String
        /// As "/tags/{resourceArn}".
        let path: String
        let input: String
        let output: String
        let errors: Set<String>

        /// Whether it changes nothing.
        public var isReading: Bool { name.hasPrefix("Get") || name.hasPrefix("List") }
    }

    /// The one that this build serves.
    public static let current: Contract = {
        do { return try Contract(parsing: source) } catch {
            // The text is part of the program, and a test reads it.
            fatalError("the contract in the program cannot be read: \(error)")
        }
    }()

    func structure(_ name: String) -> Shape.Structure? {
        if case .structure(let structure)? = shapes[name] { structure } else { nil }
    }
}
