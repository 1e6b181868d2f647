/// How a distribution ended, region by region.
public struct DistributionReport: Sendable, Codable, Equatable {
    public var image: String
    public var version: String?
    /// SHA-256.
    public var digest: String
    /// That the AMIs belong to.
    public var account: String?
    public var regions: [RegionResult]

    /// Whether everything is as the configuration has it.
    public var isComplete: Bool { regions.allSatisfy { $0.state == .available } }
    public var isCancelled: Bool { regions.contains { $0.state == .cancelled } }
}

/// How it ended in one region.
public struct RegionResult: Sendable, Codable, Equatable {
    public enum State: String, Sendable, Codable {
        case available = "AVAILABLE"
        case failed = "FAILED"
        case cancelled = "CANCELLED"
    }

    /// An AMI in another account.
    public struct Copy: Sendable, Codable, Equatable {
        public var account: String
        public var image: String
    }

    public struct Problem: Sendable, Codable, Equatable {
        public var message: String
        public var hint: String?
    }

    public var region: String
    public var state: State
    /// Of the AMI; nil where none was to be.
    public var name: String?
    /// "ami-…"; also of a region where something failed later.
    public var image: String?
    public var snapshots: [String] = []
    public var copies: [Copy] = []
    /// The file that the configuration's S3 export asks for: "s3://…".
    public var export: String?
    /// What this run did, a sentence each; empty where all was there.
    public var done: [String] = []
    public var problem: Problem?
}
