import Builds
import Failures
import Store

/// Gives what somebody has answered by the API to a step that waits, to the build that it is a step of.
struct StepAnswers {
    let store: KilnStore
    private var task: Task<Void, Never>?

    init(store: KilnStore) { self.store = store }

    /// After what the event says is in the store.
    ///
    /// - Parameter folder: of the build.
    mutating func hear(_ event: EventRecord, _ recorder: ExecutionRecorder, in folder: BuildFolder) {
        switch event.event {
        case .workflowStepWaiting:
            guard let name = event.step, let step = recorder.stepID(name) else { return }
            task?.cancel()
            task = Task { [store] in await Self.pass(on: step, to: folder, in: store) }
        case .workflowStepEnded: end()
        default: return
        }
    }

    mutating func end() {
        task?.cancel()
        task = nil
    }

    private static func pass(on step: String, to folder: BuildFolder, in store: KilnStore) async {
        while !Task.isCancelled {
            // A store that is busy for a moment is asked again.
            if let answer = try? await store.answer(to: step) {
                let action: StepWait.Action = answer.action == .resume ? .resume : .stop
                do { return try StepWait(folder).answer(StepWait.Answer(action, reason: answer.reason)) } catch {
                    // Somebody was quicker, by `kiln action`.
                    return Terminal.complain("kiln: \((error as? any ReportableError)?.message ?? "\(error)")")
                }
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }
}
