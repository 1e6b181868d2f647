import Failures
import Foundation
import HostSystem
import Store

/// Writes what happens to a build into the store.
struct ExecutionRecorder {
    let store: KilnStore
    let image: ResourceARN
    private var workflows: [ManagedWorkflow: String] = [:]
    /// The user's that has begun last.
    private var own: String?
    private let names: StoredWorkflows
    /// Of the workflow that has begun last, by name.
    private var steps: [String: String] = [:]

    init(store: KilnStore, image: ResourceARN, names: StoredWorkflows = StoredWorkflows()) {
        self.store = store
        self.image = image
        self.names = names
    }

    /// Before anything of this attempt is written.
    func begin() async throws(StoreFailure) {
        for execution in try await store.executions(of: "\(image)") where !execution.isRetried {
            try await store.markRetried(workflowExecution: execution.id)
        }
    }

    mutating func apply(_ change: ExecutionProgress.Change) async throws(StoreFailure) {
        switch change {
        case .state(let state): _ = try await store.transition("\(image)", to: state, by: .current)
        case .begin(let workflow):
            workflows[workflow] = try await begin(workflow.execution(for: image))
        case .beginOwn(var workflow):
            workflow.workflow = names.stored(workflow.workflow)
            own = try await begin(workflow)
        case .update(let name, let change): try await update(name, change)
        case .wait(let name):
            guard let id = steps[name] else { return }
            try await store.wait(step: id)
        case .endOwn(let status, let message):
            guard let own else { return }
            for step in try await store.steps(of: own, limit: 100).items where step.status == .pending {
                _ = try await store.updateStep(step.id, StepUpdate(status: .skipped))
            }
            _ = try await store.transition(workflowExecution: own, to: status, message: message)
        case .step(let name, let status, let message):
            try await update(name, StepUpdate(status: status, message: message))
        case .log(let name, let file):
            try await update(
                name, StepUpdate(outputs: Self.json(["log": file]), logFile: Self.relative(file)))
        case .guest(let name, let guest):
            try await update(name, StepUpdate(outputs: Self.json(["instanceId": guest])))
        case .end(let workflow):
            guard let id = workflows[workflow] else { return }
            _ = try await store.transition(workflowExecution: id, to: .completed)
        }
    }

    /// The step that has this name in the workflow that has begun last.
    func stepID(_ name: String) -> String? { steps[name] }

    private mutating func begin(_ workflow: NewWorkflowExecution) async throws(StoreFailure) -> String {
        let execution = try await store.begin(workflow, of: "\(image)")
        let found = try await store.steps(of: execution.id, limit: 100).items
        steps = Dictionary(found.map { ($0.name, $0.id) }) { first, _ in first }
        _ = try await store.transition(workflowExecution: execution.id, to: .running)
        return execution.id
    }

    private func update(_ name: String, _ update: StepUpdate) async throws(StoreFailure) {
        guard let id = steps[name] else { return }
        _ = try await store.updateStep(id, update)
    }

    private static func json(_ members: [String: String]) -> Data? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try? encoder.encode(members)
    }

    /// "logs/…", below the build's folder.
    private static func relative(_ file: String) -> String {
        file.range(of: "/logs/").map { "logs/" + file[$0.upperBound...] } ?? file
    }
}

extension KilnStore {
    /// All of an image's.
    func executions(of image: String) async throws(StoreFailure) -> [WorkflowExecution] {
        var (found, token): ([WorkflowExecution], String?) = ([], nil)
        repeat {
            let page = try await workflowExecutions(of: image, limit: 100, token: token)
            found += page.items
            token = page.nextToken
        } while token != nil
        return found
    }

    /// Ends what is open of an image's workflows: what runs has failed or was cancelled, what waits is not done any more.
    ///
    /// - Returns: the workflow execution in which it ended.
    func endWorkflows(
        of image: String, cancelled: Bool, message: String
    ) async throws(StoreFailure) -> String? {
        var ended: String?
        for execution in try await executions(of: image)
        where !execution.isRetried && [.pending, .running].contains(execution.status) {
            ended = execution.id
            for step in try await steps(of: execution.id, limit: 100).items {
                switch step.status {
                case .running:
                    let words = [step.message, message].compactMap { $0 }.filter { !$0.isEmpty }
                    let said = cancelled || step.message?.contains(" failed") != true ? message : words[0]
                    _ = try await updateStep(
                        step.id, StepUpdate(status: cancelled ? .cancelled : .failed, message: said))
                case .pending:
                    _ = try await updateStep(step.id, StepUpdate(status: cancelled ? .cancelled : .skipped))
                default: break
                }
            }
            _ = try await transition(
                workflowExecution: execution.id, to: cancelled ? .cancelled : .failed, message: message)
        }
        return ended
    }

    /// Ends a build whose process is gone.
    func endAbandoned(_ build: ImageBuild) async throws(StoreFailure) {
        let reason =
            build.isCancelRequested ? build.cancelReason ?? "Cancelled." : "The process that built the image is gone."
        try await endBuild(build.image, cancelled: build.isCancelRequested, reason: reason, by: nil)
    }

    /// Ends a build that did not end well, with all that is open of it.
    ///
    /// - Parameter process: whose claim it is; nil for an abandoned one.
    func endBuild(
        _ image: String, cancelled: Bool, reason: String, by process: ProcessIdentity?
    ) async throws(StoreFailure) {
        let workflow = try await endWorkflows(of: image, cancelled: cancelled, message: reason)
        // As the service says it.
        let words = workflow.map { "Workflow Execution ID: '\($0)' failed with reason: \(reason)" } ?? reason
        _ = try await transition(
            image, to: cancelled ? .cancelled : .failed, reason: String((cancelled ? reason : words).prefix(1024)),
            by: process)
    }
}
