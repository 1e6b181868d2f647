public import Foundation

/// When a pipeline ran and will run.
public struct PipelineRuns: Sendable, Hashable, Codable {
    public let pipeline: String
    /// Nil where it has no schedule, or is disabled.
    public let nextRun: Date?
    public let lastRun: Date?
    /// The image's build version of the last run.
    public let lastImage: String?
    public let lastState: ImageState?
    /// Of runs by schedule; a success and an update of the pipeline end the row.
    public let consecutiveFailures: Int
}
