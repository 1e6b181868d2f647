import Builds

extension EventRecord {
    /// The step that begins to wait for somebody.
    var waitingStep: String? { event == .workflowStepWaiting ? step : nil }
}
