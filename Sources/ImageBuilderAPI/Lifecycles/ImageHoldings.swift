/// An AMI that an image was distributed as.
public struct OutputAMI: Sendable, Hashable {
    /// "ami-…"
    public let id: String
    public let region: String
    /// Whose it is; nil: of whoever asks.
    public let account: String?

    public init(id: String, region: String, account: String? = nil) {
        self.id = id
        self.region = region
        self.account = account
    }
}

/// What there is of images outside the store: their disks on this machine, and AMIs in AWS.
///
/// All of it can be asked for again: what is done already is no error.
public protocol ImageHoldings: Sendable {
    /// Whether anything in AWS may be changed.
    var touchesAWS: Bool { get }

    /// Why an image cannot be removed from this machine; nil: it can, or is not here.
    ///
    /// - Parameter digest: SHA-256 of its file.
    func obstacle(toRemoving digest: String) async throws -> String?

    /// - Throws: where others lie on it, or use it.
    func remove(_ digest: String) async throws

    /// Says whether builds may begin on an image of this machine, as EC2 launches no disabled AMI.
    func setUsable(_ isUsable: Bool, _ digest: String) async throws

    /// Nil where EC2 knows no such AMI (any more).
    ///
    /// - Parameter exclusions: whether launches and permissions matter, which cost a request each.
    func facts(of ami: OutputAMI, forExclusions: Bool) async throws -> AMIFacts?

    /// - Parameter facts: as they were a moment ago.
    func carryOut(_ action: LifecycleAction, on ami: OutputAMI, _ facts: AMIFacts) async throws

    func delete(snapshot: String, of ami: OutputAMI) async throws
}
