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
    /// For one attempt. Nil: no limit (`-1` in the document).
    public let timeoutSeconds: Int?
    public let onFailure: FailureAction
    /// At least 1.
    public let maxAttempts: Int
    /// Nothing the step prints may reach a log: it handles a secret (`disableLogging`).
    public let disablesLogging: Bool
    /// What the action is given, read for the modules that Kiln runs.
    public let inputs: StepInputs
    /// The inputs as written, which `{{ phase.step.inputs.… }}` refers to.
    public let inputsNode: DocumentNode?
    public let loop: DocumentNode?
    /// The `if` of the step.
    public let condition: DocumentNode?
    public let position: SourcePosition
}

/// The inputs of a step, by its module.
public enum StepInputs: Sendable, Hashable {
    /// One script, made of the commands in order; expressions in it get their values when the step starts.
    case executeBash(commands: [Interpolation])
    case reboot(delaySeconds: Int)
}
