import Builds
import Documents
import Foundation
import Store

/// Workflows of the user's: their events say all of them.
extension ExecutionProgress {
    mutating func own(_ event: EventRecord) -> [Change] {
        switch event.event {
        case .workflowStarted: return begin(event)
        case .workflowStepStarted:
            guard let step = event.step else { return [] }
            ownStep = step
            return [.update(step, StepUpdate(status: .running, inputs: event.inputs.map { Data($0.utf8) }))]
        case .workflowStepWaiting: return event.step.map { [.wait($0)] } ?? []
        case .workflowStepEnded:
            guard let step = event.step, let status = event.status.flatMap(StepStatus.init(rawValue:)) else {
                return []
            }
            ownStep = nil
            let outputs = event.outputs.map { Data($0.utf8) }
            return [.update(step, StepUpdate(status: status, message: event.reason, outputs: outputs))]
        case .workflowStepRolledBack:
            guard let step = event.step else { return [] }
            return [.update(step, StepUpdate(rollbackStatus: event.status))]
        case .workflowEnded:
            return event.status.flatMap(WorkflowStatus.init(rawValue:)).map { [.endOwn($0, message: event.reason)] }
                ?? []
        default: return []
        }
    }

    /// Which component's step it is.
    func toldOwn(of event: EventRecord) -> [Change] {
        guard let name = ownStep else { return [] }
        let place = [event.component, event.phase, event.step].compactMap { $0 }.joined(separator: ": ")
        let running = Change.update(name, StepUpdate(status: .running, message: place))
        return [running] + (event.log.map { [.log(name, file: $0)] } ?? [])
    }

    private mutating func begin(_ event: EventRecord) -> [Change] {
        guard let type = event.type.flatMap(WorkflowType.init(rawValue:)), let workflow = event.workflow else {
            return []
        }
        let states: [Store.ImageState] =
            switch type {
            case .build: [.creating, .building]
            case .test: [.testing]
            case .distribution: [.distributing]
            }
        let steps = (event.steps ?? []).map {
            NewStepExecution(name: $0.name, action: $0.action, stepDescription: $0.description)
        }
        let execution = NewWorkflowExecution(
            workflow: workflow, type: type.rawValue, parallelGroup: event.group, steps: steps)
        return states.flatMap { enter($0) } + [.beginOwn(execution)]
    }
}
