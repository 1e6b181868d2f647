public import Foundation

/// A build as it is asked for.
public struct NewImageBuild: Sendable, Hashable {
    /// The image that comes of it: kind `.image`, with the version of its recipe. Its state is given by the store.
    public var image: NewResource
    /// The pipeline that it is a run of.
    public var pipeline: String?
    /// Whether the pipeline's schedule started it, not a person.
    public var isScheduled: Bool
    /// What the build needs to know and `GetImage` does not answer with, a JSON object of the caller's.
    public var request: Data

    public init(image: NewResource, pipeline: String? = nil, isScheduled: Bool = false, request: Data = Data("{}".utf8))
    {
        self.image = image
        self.pipeline = pipeline
        self.isScheduled = isScheduled
        self.request = request
    }
}

/// A build in the queue, at work, or done.
public struct ImageBuild: Sendable, Hashable, Codable {
    /// The build version ARN of its image.
    public let image: String
    public let pipeline: String?
    public let isScheduled: Bool
    public let request: Data
    public let state: ImageState
    public let stateReason: String?
    public let queuedAt: Date
    public let startedAt: Date?
    public let endedAt: Date?
    /// 1 for the first, more after a retry or where a claim was lost.
    public let attempt: Int
    public let claim: BuildClaim?
    /// Somebody wants it to end; whoever has the claim must see to it.
    public let isCancelRequested: Bool
    public let cancelReason: String?
    /// Of a person's own `kiln build`: that process does it, and nobody else takes it over or counts it.
    public let isByHand: Bool
}

/// Which process does a build, and until when nobody else may take it.
public struct BuildClaim: Sendable, Hashable, Codable {
    /// A `ProcessIdentity`, as text.
    public let process: String
    public let leaseEnds: Date
}
