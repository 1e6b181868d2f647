public import Foundation

/// How a phase or a document ended, spelled as the component runner's results spell it.
public enum DocumentStatus: String, Codable, Sendable {
    case success
    /// Steps failed, and the onFailure of each is Ignore.
    case successWithIgnoredFailure = "successwithignoredfailure"
    case failed
}

/// What became of a document: its phases and their steps, as far as they ran. Secrets hidden already.
public struct DocumentResult: Codable, Sendable, Equatable {
    public var name: String
    /// A path of the guest, an s3:// address or an ARN; nil for a document that the caller gave.
    public var filePath: String?
    public var status: DocumentStatus
    public var description: String
    public var startTime: Date
    public var endTime: Date
    /// Empty where nothing failed.
    public var failureMessage: String
    public var phases: [PhaseResult]

    /// Its steps, without those of nested documents.
    public var steps: [StepRecord] { phases.flatMap(\.steps) }
    public var executedStepCount: Int { steps.count { $0.status != .skipped } }
    public var failedStepCount: Int { steps.count { $0.status == .failed } }
    public var ignoredFailedStepCount: Int { steps.count { $0.status == .ignoredFailure } }
}

public struct PhaseResult: Codable, Sendable, Equatable {
    public var name: String
    public var status: DocumentStatus
    public var startTime: Date
    public var endTime: Date
    public var failureMessage: String
    public var steps: [StepRecord]
}
