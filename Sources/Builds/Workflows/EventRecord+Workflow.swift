import Documents
import Foundation

extension EventRecord {
    init(_ event: WorkflowEvent, time: Date, elapsed: Double) {
        switch event {
        case .started(let planned):
            self.init(.workflowStarted, time: time, elapsed: elapsed)
            (workflow, type, group) = ("\(planned.arn)", planned.type.rawValue, planned.group)
            steps = planned.document.steps.map {
                WorkflowStepNote(name: $0.name, action: $0.action.rawValue, description: $0.description)
            }
        case .stepStarted(let name, let what, let given):
            self.init(.workflowStepStarted, time: time, elapsed: elapsed)
            (step, action, inputs) = (name, what.rawValue, Self.json(given))
        case .stepWaiting(let name, let pending):
            self.init(.workflowStepWaiting, time: time, elapsed: elapsed)
            (step, until) = (name, pending.until)
        case .stepEnded(let name, let end):
            self.init(.workflowStepEnded, time: time, elapsed: elapsed)
            (step, status, reason) = (name, end.status.rawValue, end.message)
            if !end.outputs.isEmpty { outputs = Self.json(.mapping(end.outputs)) }
        case .stepRolledBack(let name, let isKept):
            self.init(.workflowStepRolledBack, time: time, elapsed: elapsed)
            (step, status) = (name, isKept ? "SKIPPED" : "COMPLETED")
        case .ended(let planned, let failure):
            self.init(.workflowEnded, time: time, elapsed: elapsed)
            (workflow, type) = ("\(planned.arn)", planned.type.rawValue)
            (status, reason) = (failure == nil ? "COMPLETED" : "FAILED", failure)
        }
    }

    private static func json(_ value: WorkflowValue) -> String? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) }
    }
}
