import Documents
import Failures

/// The values that a document's expressions have while it runs: its parameters and constants, what its steps were given
/// and put out, and where the loop of the step under way is.
struct DocumentValues: Sendable {
    /// An iteration of a loop.
    struct Iteration: Sendable, Equatable {
        /// Of the loop, if it has one.
        var name: String?
        /// From 0.
        var index: Int
        var value: String
    }

    private var variables: [String: String] = [:]
    /// Of the Parameter Store, by name.
    private let stored: [String: String]
    private var inputs: [StepKey: InputValue] = [:]
    private var outputs: [StepKey: StepOutputs]
    /// Nil outside of loops.
    var iteration: Iteration?

    /// A step within its document.
    struct StepKey: Hashable, Codable, Sendable {
        var phase: String
        var step: String
    }

    /// - Parameters:
    ///   - given: values of parameters by name; the document's defaults stand for the others.
    ///   - stored: of the Parameter Store.
    /// - Throws: `ActionFailure` code `invalidInput` for a parameter that has neither.
    init(
        _ document: ComponentDocument, given: [String: String], stored: [String: String] = [:],
        outputs: [StepKey: StepOutputs] = [:]
    ) throws(ActionFailure) {
        self.outputs = outputs
        self.stored = stored
        for constant in document.constants { variables[constant.name] = constant.value }
        for parameter in document.parameters {
            guard let value = given[parameter.name] ?? parameter.defaultValue else {
                throw ActionFailure(.invalidInput, "a value for the parameter \(parameter.name) is missing")
            }
            variables[parameter.name] = value
        }
        for phase in document.phases {
            for step in phase.steps {
                inputs[StepKey(phase: phase.name, step: step.name)] = step.inputs
            }
        }
    }

    mutating func record(_ outputs: StepOutputs, of step: StepKey) {
        self.outputs[step] = outputs
    }

    func evaluate(_ text: Interpolation) throws(ActionFailure) -> String {
        try evaluate(text, depth: 0)
    }

    /// The value of one expression; nil leaves it as it is written.
    ///
    /// - Throws: `ActionFailure` code `invalidInput` for one without a value.
    func value(of expression: ChainingExpression) throws(ActionFailure) -> String? {
        try value(of: expression, depth: 0)
    }

    /// An input may itself be made of expressions; a document that goes round in a circle ends here.
    private func evaluate(_ text: Interpolation, depth: Int) throws(ActionFailure) -> String {
        guard depth < 32 else {
            throw ActionFailure(.invalidInput, "the expressions of its inputs refer to each other in a circle")
        }
        return try text.evaluate { (expression) throws(ActionFailure) in try value(of: expression, depth: depth) }
    }

    private func value(of expression: ChainingExpression, depth: Int) throws(ActionFailure) -> String? {
        let missing = ActionFailure(.invalidInput, "{{ \(expression.text) }} has no value")
        switch expression.reference {
        case .variable(let name):
            guard let value = variables[name] else { throw missing }
            return value
        case .loop(let name, let field):
            // Another step's loop, or none: such an expression stays as it is written. A step's inputs that another refers
            // to are the text of that other step.
            guard depth == 0, let iteration, name == Loop.ownName || name == iteration.name else { return nil }
            return field == "index" ? String(iteration.index) : iteration.value
        case .step(let phase, let step, .outputs, let path):
            guard let value = outputs[StepKey(phase: phase, step: step)]?.value(at: path) else { throw missing }
            return value
        case .step(let phase, let step, .inputs, let path):
            guard let text = inputs[StepKey(phase: phase, step: step)]?.value(at: path)?.text else { throw missing }
            return try evaluate(text, depth: depth + 1)
        case .systemsManager(let name):
            guard let name = try nameInStore(name, missing), let value = stored[name] else {
                throw ActionFailure(
                    .invalidInput, "the Parameter Store's {{ \(expression.text) }} has no value here",
                    hint: "give it one under ssm of kiln.yaml")
            }
            return value
        }
    }

    private func nameInStore(
        _ name: ChainingExpression.ParameterName, _ missing: ActionFailure
    ) throws(ActionFailure) -> String? {
        switch name {
        case .literal(let name): return name
        case .parameter(let name): return stored[name]
        case .variable(let name):
            guard let value = variables[name] else { throw missing }
            return value
        }
    }
}
