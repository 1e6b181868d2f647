import Foundation

/// `detailedoutput.json`.
struct DetailedOutput: Codable, Equatable {
    var executionId: String
    var status: DocumentStatus
    var startTime: Date
    var endTime: Date
    var failureMessage: String
    var documents: [DocumentResult]
}

/// `chaining.json`: the values that chaining expressions can have after the run, secrets hidden.
struct Chaining: Codable, Equatable {
    struct Document: Codable, Equatable {
        var name: String
        /// By "phase.step": JSON of the step's inputs and outputs.
        var steps: [String: Step]
    }

    struct Step: Codable, Equatable {
        var inputs: String
        var outputs: String
    }

    var documents: [Document]

    init(_ results: [DocumentResult]) {
        documents = results.flatMap(Self.all).map { result in
            var steps: [String: Step] = [:]
            for phase in result.phases {
                for step in phase.steps {
                    steps["\(phase.name).\(step.name)"] = Step(inputs: step.inputs, outputs: step.outputs)
                }
            }
            return Document(name: result.name, steps: steps)
        }
    }

    /// A document and those it ran.
    private static func all(_ result: DocumentResult) -> [DocumentResult] {
        [result] + result.steps.flatMap { $0.documents ?? [] }.flatMap(all)
    }
}
