/// A workflow: the steps that an image is built, tested or distributed by (user guide, image-workflow-create-document).
public struct WorkflowDocument: Sendable, Hashable {
    public let name: String?
    public let description: String?
    /// Always `1.0`, the only one there is.
    public let schemaVersion: String
    public let parameters: [WorkflowParameter]
    /// In the order they run in; at least one.
    public let steps: [WorkflowStep]
    public let outputs: [WorkflowOutput]
    /// The document as text: what is hashed and stored.
    public let source: String
    /// What is worth a look and stops nothing, for a document parsed by itself; a template has its own list.
    public internal(set) var warnings: [Diagnostic] = []

    /// The most AWS takes inline, in characters.
    public static let maximumDataCount = 16_000
    public static let maximumSteps = 15

    public func step(_ name: String) -> WorkflowStep? { steps.first { $0.name == name } }
}

/// The stage of an image that a workflow is for, by AWS's words.
public enum WorkflowType: String, Sendable, Hashable, Codable, CaseIterable {
    case build = "BUILD"
    case test = "TEST"
    case distribution = "DISTRIBUTION"
}

/// A value that whoever uses the workflow may give.
public struct WorkflowParameter: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        case string, integer, boolean, stringList
    }

    public let name: String
    public let kind: Kind
    /// Nil: the user has to give one.
    public let defaultValue: WorkflowValue?
    public let description: String?
    public let position: SourcePosition
}

public struct WorkflowStep: Sendable, Hashable {
    public enum FailureAction: String, Sendable, Hashable, CaseIterable {
        /// Ends the workflow, which has failed.
        case abort = "Abort"
        case `continue` = "Continue"
    }

    public let name: String
    public let action: WorkflowAction
    public let description: String?
    public let onFailure: FailureAction
    /// True unless the document says otherwise.
    public let rollbackEnabled: WorkflowInput
    /// The action's own limit where the document has none.
    public let timeoutSeconds: Int
    /// The step runs where it holds, and is skipped where it does not.
    public let condition: WorkflowCondition?
    public let inputs: [Input]
    public let position: SourcePosition

    public struct Input: Sendable, Hashable {
        /// Without the `.$` of a variable.
        public let name: String
        public let value: WorkflowInput
        public let position: SourcePosition
    }

    public func input(_ name: String) -> WorkflowInput? { inputs.first { $0.name == name }?.value }
}

/// What a workflow tells those that follow it.
public struct WorkflowOutput: Sendable, Hashable {
    public let name: String
    public let value: WorkflowInput
    public let position: SourcePosition
}
