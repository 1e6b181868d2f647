public import AWSClient

/// Who may call, and what for.
public struct Caller: Sendable, Equatable {
    /// As kiln key api ls shows it.
    public let name: String
    public let accessKeyID: String
    public let isReadOnly: Bool

    public init(name: String, accessKeyID: String, isReadOnly: Bool) {
        self.name = name
        self.accessKeyID = accessKeyID
        self.isReadOnly = isReadOnly
    }
}

/// Where the keys are. A protocol, so that signatures are tested without a store.
public protocol KeySource: Sendable {
    /// - Returns: nil for a key that is not there, or is not valid any more.
    func key(_ accessKeyID: String) async throws -> (caller: Caller, secret: Secret)?
}
