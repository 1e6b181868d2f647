public import Foundation

/// What somebody answers to a step that waits for it.
public enum StepAction: String, Sendable, Hashable, Codable, CaseIterable {
    case resume = "RESUME"
    case stop = "STOP"
}

public struct StepAnswer: Sendable, Hashable, Codable {
    public let action: StepAction
    public let reason: String?
    public let answeredAt: Date
}

/// A step that waits for somebody.
public struct WaitingStep: Sendable, Hashable, Codable {
    public let step: StepExecution
    public let since: Date
}
