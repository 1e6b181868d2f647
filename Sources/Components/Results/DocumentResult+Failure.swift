public import Failures

extension DocumentResult {
    /// - Throws: `ComponentFailure` code `stepFailed`, with the first step that failed, its last lines and its log.
    public func demandSuccess() throws(ComponentFailure) {
        guard status == .failed else { return }
        guard let (phase, step) = firstFailure else {
            throw ComponentFailure(.stepFailed, "the component \(name) failed: \(failureMessage)")
        }
        let tail = step.lastLines.map { "\n    \($0)" }.joined()
        let times = step.attempts > 1 ? " after \(step.attempts) attempts" : ""
        throw ComponentFailure(
            .stepFailed,
            "step \(StepName(component: name, phase: phase, step: step.name)) failed: \(step.failureMessage)\(times)\(tail)",
            hint: "read \(step.log)")
    }

    private var firstFailure: (phase: String, step: StepRecord)? {
        for phase in phases {
            if let step = phase.steps.first(where: { $0.status == .failed }) { return (phase.name, step) }
        }
        return nil
    }
}
