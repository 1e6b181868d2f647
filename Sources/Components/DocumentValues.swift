import Documents
import Failures

/// The values that a document's expressions have while it runs: its parameters and constants, and what its steps were
/// given and put out.
struct DocumentValues: Sendable {
    /// An expression without a value, in words that end a sentence about it.
    struct Missing: Error {
        var reason: String
    }

    private var variables: [String: String] = [:]
    private var inputs: [StepKey: InputValue] = [:]
    private var outputs: [StepKey: String] = [:]

    private struct StepKey: Hashable {
        var phase: String
        var step: String
    }

    /// - Parameter given: values of parameters by name; the document's defaults stand for the others.
    /// - Throws: `ComponentFailure` code `invalidInput` for a parameter that has neither.
    init(_ document: ComponentDocument, given: [String: String], component: String) throws(ComponentFailure) {
        for constant in document.constants { variables[constant.name] = constant.value }
        for parameter in document.parameters {
            guard let value = given[parameter.name] ?? parameter.defaultValue else {
                throw ComponentFailure(
                    .invalidInput, "the component \(component) needs a value for its parameter \(parameter.name)",
                    hint: "give one under Components: Parameters in the recipe")
            }
            variables[parameter.name] = value
        }
        for phase in document.phases {
            for step in phase.steps {
                inputs[StepKey(phase: phase.name, step: step.name)] = step.inputs
            }
        }
    }

    mutating func record(standardOutput: String, of step: StepName) {
        outputs[StepKey(phase: step.phase, step: step.step)] = standardOutput
    }

    func evaluate(_ text: Interpolation) throws(Missing) -> String {
        try evaluate(text, depth: 0)
    }

    /// The value of one expression; nil leaves it as it is written.
    func value(of expression: ChainingExpression) throws(Missing) -> String? {
        try value(of: expression, depth: 0)
    }

    /// An input may itself be made of expressions; a document that goes round in a circle ends here.
    private func evaluate(_ text: Interpolation, depth: Int) throws(Missing) -> String {
        guard depth < 32 else { throw Missing(reason: "its expressions refer to each other in a circle") }
        return try text.evaluate { (expression) throws(Missing) in try value(of: expression, depth: depth) }
    }

    private func value(of expression: ChainingExpression, depth: Int) throws(Missing) -> String? {
        let missing = Missing(reason: "{{ \(expression.text) }} has no value")
        switch expression.reference {
        case .variable(let name):
            guard let value = variables[name] else { throw missing }
            return value
        case .loop:
            return nil
        case .step(let phase, let step, .outputs, let path):
            guard path == [.key("stdout")], let output = outputs[StepKey(phase: phase, step: step)] else {
                throw missing
            }
            return output
        case .step(let phase, let step, .inputs, let path):
            guard let text = inputs[StepKey(phase: phase, step: step)]?.value(at: path)?.text else {
                throw missing
            }
            return try evaluate(text, depth: depth + 1)
        case .systemsManager:
            throw Missing(reason: "the Systems Manager parameter of {{ \(expression.text) }} cannot be read by Kiln")
        }
    }
}
