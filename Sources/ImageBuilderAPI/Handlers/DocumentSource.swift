/// Reads documents that requests name by a URI.
public protocol DocumentSource: Sendable {
    /// - Throws: an error whose description can be shown to the caller.
    func text(at uri: String, limit: Int) async throws -> String
}

/// For a service that reads none.
public struct NoDocuments: DocumentSource {
    struct Refusal: Error, CustomStringConvertible {
        var description: String { "this server reads no documents by URI; give 'data'" }
    }

    public init() {}

    public func text(at uri: String, limit: Int) async throws -> String { throw Refusal() }
}
