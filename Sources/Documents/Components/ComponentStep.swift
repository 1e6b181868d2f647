/// One action of a phase.
public struct ComponentStep: Sendable, Hashable {
    public enum FailureAction: String, Sendable, Hashable, CaseIterable {
        /// Ends the document.
        case abort = "Abort"
        /// Goes on; the document fails all the same.
        case `continue` = "Continue"
        /// Goes on; the document does not fail by this step.
        case ignore = "Ignore"
    }

    public static let defaultTimeoutSeconds = 7200

    public let name: String
    public let action: ActionModule
    /// For one attempt, with all iterations of a loop. Nil: no limit (`-1` in the document).
    public let timeoutSeconds: Int?
    public let onFailure: FailureAction
    /// At least 1.
    public let maxAttempts: Int
    /// Nothing the step prints may reach a log: it handles a secret (`disableLogging`).
    public let disablesLogging: Bool
    /// What the action is given, as `action.schema` has it; expressions get their values when the step starts. Nil
    /// where the document gives nothing.
    public let inputs: InputValue?
    public let loop: Loop?
    /// The `if` of the step.
    public let condition: StepCondition?
    /// Assert's inputs are a conditional expression; nil for every other action.
    public let assertion: Condition?
    public let position: SourcePosition
}
