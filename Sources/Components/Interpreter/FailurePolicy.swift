import Documents

extension ComponentStep.FailureAction {
    /// What a step that failed all its attempts counts as.
    var statusOfFailure: StepRecord.Status { self == .ignore ? .ignoredFailure : .failed }

    /// Whether the document's next step runs after one that failed.
    var goesOn: Bool { self != .abort }
}

extension DocumentStatus {
    /// The status of a phase or document by its steps': one failure is a failure, one that was ignored shows.
    init(of steps: some Sequence<StepRecord.Status>) {
        self = .success
        for status in steps {
            switch status {
            case .failed: self = .failed
            case .ignoredFailure where self == .success: self = .successWithIgnoredFailure
            default: break
            }
        }
    }

    init(of phases: some Sequence<DocumentStatus>) {
        self = .success
        for status in phases {
            switch status {
            case .failed: self = .failed
            case .successWithIgnoredFailure where self == .success: self = .successWithIgnoredFailure
            default: break
            }
        }
    }
}
