/// What stands between `{{` and `}}` in a step's inputs.
public struct ChainingExpression: Sendable, Hashable {
    public enum Reference: Sendable, Hashable {
        /// A parameter or a constant of the document.
        case variable(String)
        /// `loop.index`, `loop.value`, or the same of a named loop.
        case loop(name: String, field: String)
        /// `phase.step.inputs.path`, `phase.step.inputs[1].path`, `phase.step.outputs.stdout`.
        case step(phase: String, step: String, source: Source, path: [PathElement])
        /// `aws:ssm:/name`: a parameter of the Systems Manager Parameter Store.
        case systemsManager(ParameterName)
    }

    /// The name of a parameter of the Parameter Store.
    public enum ParameterName: Sendable, Hashable {
        case literal(String)
        /// `resolve(name)`: the name is the value of a parameter or constant of the document.
        case variable(String)
        /// `resolve(aws:ssm:/name)`: the name is the value of another parameter of the Parameter Store.
        case parameter(String)
    }

    public enum Source: String, Sendable, Hashable, CaseIterable {
        case inputs
        case outputs
    }

    public enum PathElement: Sendable, Hashable {
        case key(String)
        case index(Int)
    }

    public let reference: Reference
    /// As written, without the braces and the blanks beside them.
    public let text: String
    public let position: SourcePosition
}
