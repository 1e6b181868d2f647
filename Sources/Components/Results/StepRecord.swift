public import Foundation

/// What became of a step, in the shape of the component runner's detailed output. Secrets hidden already.
public struct StepRecord: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable {
        case success, failed, skipped
        case ignoredFailure = "ignoredfailure"
    }

    public var name: String
    public var action: String
    public var status: Status
    public var startTime: Date
    public var endTime: Date
    /// Empty where nothing failed.
    public var failureMessage: String
    /// -1: no limit.
    public var timeoutSeconds: Int
    public var onFailure: String
    public var maxAttempts: Int
    /// How many there were.
    public var attempts: Int
    /// Of the last attempt; nil where no program ran to its end.
    public var exitCode: Int32?
    /// JSON; empty for a step that does not log. As the document gives them for a loop, otherwise with their values.
    public var inputs: String
    /// JSON: a list of mappings.
    public var outputs: String
    /// Of the last attempt of a step with a loop.
    public var iterations: [IterationRecord]?
    /// What ExecuteDocument ran, one for each iteration.
    public var documents: [DocumentResult]?
    /// On this machine.
    public var log: String
    /// The end of what the last attempt printed.
    public var lastLines: [String]
}

public struct IterationRecord: Codable, Sendable, Equatable {
    /// From 0.
    public var index: Int
    public var value: String
    public var status: StepRecord.Status
    public var startTime: Date
    public var endTime: Date
    public var failureMessage: String
    public var outputs: String
}
