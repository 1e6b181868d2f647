public import Documents

/// What happens to the workflows of the user's.
public enum WorkflowEvent: Sendable {
    case started(PlannedWorkflow)
    /// The inputs have their values.
    case stepStarted(String, WorkflowAction, inputs: WorkflowValue)
    /// Somebody is to answer.
    case stepWaiting(String, StepWait.Pending)
    case stepEnded(String, WorkflowStepEnd)
    /// What a step has made was taken back, or is left to its user.
    case stepRolledBack(String, isKept: Bool)
    /// Of one that has failed, where the image goes on all the same.
    ///
    /// - Parameter failure: nil where it has ended well.
    case ended(PlannedWorkflow, failure: String?)
}

public struct WorkflowStepEnd: Sendable, Equatable {
    public enum Status: String, Sendable { case completed = "COMPLETED", skipped = "SKIPPED", failed = "FAILED" }

    public var status: Status
    public var message: String?
    public var outputs: [String: WorkflowValue]

    public init(_ status: Status, message: String? = nil, outputs: [String: WorkflowValue] = [:]) {
        (self.status, self.message, self.outputs) = (status, message, outputs)
    }

    /// Of WaitForSSMAgent, whose output the guide wrote with a capital before.
    static let agentOnline = WorkflowStepEnd(
        .completed, outputs: ["status": .string("Online"), "Status": .string("Online")])
}
