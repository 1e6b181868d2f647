public import Foundation

/// By AWS's words.
public enum StepStatus: String, Sendable, Hashable, Codable, CaseIterable {
    case pending = "PENDING"
    case skipped = "SKIPPED"
    case running = "RUNNING"
    case completed = "COMPLETED"
    case failed = "FAILED"
    case cancelled = "CANCELLED"

    public var next: Set<StepStatus> {
        switch self {
        case .pending: [.running, .skipped, .failed, .cancelled]
        // Once more, where the document has retries.
        case .running: [.running, .completed, .failed, .cancelled]
        case .skipped, .completed, .failed, .cancelled: []
        }
    }

    public func canBecome(_ status: StepStatus) -> Bool { next.contains(status) }
}

public struct NewStepExecution: Sendable, Hashable {
    public var name: String
    /// "RunCommand", "WaitForAction" …
    public var action: String
    public var stepDescription: String?
    public var maximumAttempts: Int

    public init(name: String, action: String, stepDescription: String? = nil, maximumAttempts: Int = 1) {
        self.name = name
        self.action = action
        self.stepDescription = stepDescription
        self.maximumAttempts = maximumAttempts
    }
}

public struct StepExecution: Sendable, Hashable, Codable {
    /// "step-" and a UUID.
    public let id: String
    public let workflowExecution: String
    /// The image's and the workflow's build versions.
    public let image: String
    public let workflow: String
    public let name: String
    public let action: String
    public let stepDescription: String?
    public let status: StepStatus
    /// AWS's word, where there was something to roll back.
    public let rollbackStatus: String?
    public let message: String?
    /// JSON objects.
    public let inputs: Data?
    public let outputs: Data?
    public let startedAt: Date?
    public let endedAt: Date?
    public let attempt: Int
    public let maximumAttempts: Int
    /// Where its log lines are, relative to the build's folder.
    public let logFile: String?
}

/// What is to be other about a step; what is nil stays.
public struct StepUpdate: Sendable, Hashable {
    public var status: StepStatus?
    public var rollbackStatus: String?
    public var message: String?
    public var inputs: Data?
    public var outputs: Data?
    public var attempt: Int?
    public var logFile: String?

    public init(
        status: StepStatus? = nil, rollbackStatus: String? = nil, message: String? = nil, inputs: Data? = nil,
        outputs: Data? = nil, attempt: Int? = nil, logFile: String? = nil
    ) {
        self.status = status
        self.rollbackStatus = rollbackStatus
        self.message = message
        self.inputs = inputs
        self.outputs = outputs
        self.attempt = attempt
        self.logFile = logFile
    }
}
