import Builds
import Documents
import Foundation
import Store

/// What the events of a build mean to the image, its workflows and their steps, in Image Builder's words.
struct ExecutionProgress {
    enum Change: Equatable {
        case state(Store.ImageState)
        case begin(ManagedWorkflow)
        /// Of the workflow that has begun last.
        case step(String, StepStatus, message: String? = nil)
        /// What a step wrote is in this file of this machine.
        case log(String, file: String)
        /// A step started a guest of this name.
        case guest(String, String)
        case end(ManagedWorkflow)
        /// Of the user's.
        case beginOwn(NewWorkflowExecution)
        /// Of the workflow of the user's that has begun last.
        case update(String, StepUpdate)
        case wait(String)
        case endOwn(WorkflowStatus, message: String?)
    }

    /// The build's, once it has one.
    private(set) var build: String?
    /// Why the build says that it ended, where it did not end well.
    private(set) var reason: String?

    private var state = Store.ImageState.pending
    private var workflow: ManagedWorkflow?
    /// Of the running step, in its workflow.
    private var step: Int?
    /// The running step of a workflow of the user's.
    var ownStep: String?

    mutating func changes(for event: EventRecord) -> [Change] {
        switch event.event {
        case .started:
            build = event.build
            return enter(.creating)
        case .stageStarted: return begin(event.stage)
        case .stageEnded: return end(event.stage)
        case .stepStarted where ownStep != nil: return toldOwn(of: event)
        case .stepStarted: return reach(components) + told(of: event)
        case .stepEnded:
            guard event.status == "failed" else { return [] }
            return told(of: event)
        case .action:
            guard workflow == .build else { return [] }
            switch event.action.flatMap(WorkflowAction.init(rawValue:)) {
            case .collectImageMetadata: return reach(ManagedWorkflow.inventory)
            case .sanitizeInstance: return reach(ManagedWorkflow.sanitize)
            case .createImage: return reach(ManagedWorkflow.createOutput)
            default: return []
            }
        case .workflowStarted, .workflowStepStarted, .workflowStepWaiting, .workflowStepEnded, .workflowStepRolledBack,
            .workflowEnded:
            return own(event)
        case .ended:
            reason = event.reason
            return []
        case .note, .output, .progress: return []
        }
    }

    private var components: String? {
        switch workflow {
        case .build: ManagedWorkflow.applyBuild
        case .test: ManagedWorkflow.applyTest
        case .distribution, nil: nil
        }
    }

    private mutating func begin(_ stage: String?) -> [Change] {
        switch stage {
        case "Creating": return enter(.creating) + begin(.build, at: ManagedWorkflow.launchBuild, guest: "build")
        case "Building": return enter(.building)
        case "Testing": return enter(.testing) + begin(.test, at: ManagedWorkflow.launchTest, guest: "test")
        case "Distributing":
            // Straight from there where nothing has changed since an earlier build.
            return (state == .creating ? enter(.building) : []) + enter(.distributing)
                + begin(.distribution, at: ManagedWorkflow.distribute)
        default: return []
        }
    }

    private mutating func begin(_ next: ManagedWorkflow, at first: String, guest: String? = nil) -> [Change] {
        workflow = next
        step = nil
        let started = guest.flatMap { role in build.map { Change.guest(first, "kiln-\($0)-\(role)") } }
        return [.begin(next)] + reach(first) + (started.map { [$0] } ?? [])
    }

    private mutating func end(_ stage: String?) -> [Change] {
        switch (stage, workflow) {
        case ("Building", .build): reach(ManagedWorkflow.terminateBuild) + end()
        case ("Testing", .test): reach(ManagedWorkflow.terminateTest) + end()
        case ("Distributing", .distribution): end()
        default: []
        }
    }

    private mutating func end() -> [Change] {
        guard let workflow, let step else { return [] }
        self.step = nil
        self.workflow = nil
        return [.step(workflow.steps[step].name, .completed), .end(workflow)]
    }

    mutating func enter(_ next: Store.ImageState) -> [Change] {
        guard state != next, state.canBecome(next) else { return [] }
        state = next
        return [.state(next)]
    }

    /// The step that runs now. The one before has ended, and what lies between them had nothing to do.
    private mutating func reach(_ name: String?) -> [Change] {
        guard let workflow, let next = workflow.steps.firstIndex(where: { $0.name == name }), next > (step ?? -1) else {
            return []
        }
        var changes: [Change] = step.map { [.step(workflow.steps[$0].name, .completed)] } ?? []
        for skipped in ((step ?? -1) + 1)..<next { changes.append(.step(workflow.steps[skipped].name, .skipped)) }
        step = next
        return changes + [.step(workflow.steps[next].name, .running)]
    }

    /// Which component's step it is, and what became of it.
    private func told(of event: EventRecord) -> [Change] {
        guard let workflow, let step, workflow.steps[step].name == components else { return [] }
        let name = workflow.steps[step].name
        let place = [event.component, event.phase, event.step].compactMap { $0 }.joined(separator: ": ")
        let end = event.reason.map { " failed: \($0)" } ?? (event.event == .stepEnded ? " failed" : "")
        return [.step(name, .running, message: place + end)] + (event.log.map { [.log(name, file: $0)] } ?? [])
    }
}
