public import Foundation

/// By AWS's words.
public enum WorkflowStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case pending = "PENDING"
    case skipped = "SKIPPED"
    case running = "RUNNING"
    case completed = "COMPLETED"
    case failed = "FAILED"
    case rollbackInProgress = "ROLLBACK_IN_PROGRESS"
    case rollbackCompleted = "ROLLBACK_COMPLETED"
    case cancelled = "CANCELLED"

    public var next: Set<WorkflowStatus> {
        switch self {
        case .pending: [.running, .skipped, .failed, .cancelled]
        case .running: [.completed, .failed, .rollbackInProgress, .cancelled]
        case .failed, .cancelled: [.rollbackInProgress]
        case .rollbackInProgress: [.rollbackCompleted, .failed, .cancelled]
        case .skipped, .completed, .rollbackCompleted: []
        }
    }

    public func canBecome(_ status: WorkflowStatus) -> Bool { next.contains(status) }
}

/// A run of a workflow as it is to begin, with the steps that its document has.
public struct NewWorkflowExecution: Sendable, Hashable {
    /// The workflow's build version.
    public var workflow: String
    /// "BUILD", "TEST" or "DISTRIBUTION".
    public var type: String
    public var parallelGroup: String?
    public var steps: [NewStepExecution]

    public init(workflow: String, type: String, parallelGroup: String? = nil, steps: [NewStepExecution] = []) {
        self.workflow = workflow
        self.type = type
        self.parallelGroup = parallelGroup
        self.steps = steps
    }
}

public struct WorkflowExecution: Sendable, Hashable, Codable {
    /// "wf-" and a UUID.
    public let id: String
    /// The image's build version.
    public let image: String
    public let workflow: String
    public let type: String
    public let parallelGroup: String?
    public let status: WorkflowStatus
    public let message: String?
    /// Whether a retry of the build took its place.
    public let isRetried: Bool
    public let stepCount: Int
    public let stepsSucceeded: Int
    public let stepsFailed: Int
    public let stepsSkipped: Int
    public let startedAt: Date?
    public let endedAt: Date?
}
