import Foundation

/// Where a document run is: what is needed to go on, in this process after a reboot of the guest or in another.
///
/// It holds values that may be secret; `sealed(_:)` gives the form that can be kept in a file.
public struct RunPosition: Codable, Sendable, Equatable {
    /// The documents under way, the nested ones after those that run them. Empty before the start.
    var frames: [Frame] = []

    public init() {}

    /// What became of the first document so far, of the steps that have ended; nil before the start.
    public var result: DocumentResult? { frames.first?.result }

    /// One document.
    struct Frame: Codable, Sendable, Equatable {
        /// As events show it: "app › base".
        var name: String
        /// Where it came from; nil for the caller's.
        var location: String?
        /// The text of a nested document, so that it is the same when the run goes on; empty for the caller's.
        var source: String
        /// Of a nested document; the caller gives those of the first again.
        var parameters: [String: String]
        /// Those to run; nil: all.
        var phases: [String]?
        /// Below the run's logs.
        var folder: String
        /// Indices in the document.
        var phase = 0
        var step = 0
        var outputs: [DocumentValues.StepKey: StepOutputs] = [:]
        var result: DocumentResult
        /// The step under way; its `if` has been evaluated.
        var progress: StepProgress?
    }

    /// A step that has begun.
    struct StepProgress: Codable, Sendable, Equatable {
        var start: Date
        /// From 1.
        var attempt = 1
        /// Of the loop's iterations; nil: no loop.
        var values: [String]?
        /// From 0: the one under way.
        var iteration = 0
        /// Of the attempt's iterations that succeeded.
        var outputs: [StepOutputs] = []
        var iterations: [IterationRecord] = []
        var documents: [DocumentResult] = []
        /// How often its program asked for a reboot in this attempt.
        var reboots = 0
        /// Of the attempt, so far.
        var seconds = 0.0
        /// Of the last program.
        var exitCode: Int32?
    }
}
