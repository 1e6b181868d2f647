import AWSClient
import Failures
import Synchronization

/// What comes of a region, written as it happens: what was done stays told when something fails later.
final class RegionDiary: Sendable {
    private let state: Mutex<(result: RegionResult, imageHasFailed: Bool)>
    private let observe: @Sendable (DistributionEvent) -> Void

    init(_ plan: RegionPlan, observe: @escaping @Sendable (DistributionEvent) -> Void) {
        let name = plan.makesImage ? plan.name : nil
        state = Mutex((RegionResult(region: plan.region, state: .available, name: name), false))
        self.observe = observe
    }

    var result: RegionResult { state.withLock { $0.result } }
    /// An export that failed keeps nobody from the AMI.
    var imageHasFailed: Bool { state.withLock { $0.imageHasFailed } }

    func did(_ what: String) {
        let region = state.withLock { state in
            state.result.done.append(what)
            return state.result.region
        }
        observe(.note(region: region, what))
    }

    func found(_ image: EC2Image, snapshots: [String] = []) {
        state.withLock { state in
            state.result.image = image.id
            for snapshot in snapshots + image.devices.compactMap(\.snapshotID)
            where !state.result.snapshots.contains(snapshot) {
                state.result.snapshots.append(snapshot)
            }
        }
    }

    func copied(to account: String, _ image: String) {
        state.withLock { $0.result.copies.append(.init(account: account, image: image)) }
    }

    func exported(to location: S3Location) {
        state.withLock { $0.result.export = location.description }
    }

    func imageFailed(_ failure: AWSFailure) {
        state.withLock { $0.imageHasFailed = true }
        failed(failure)
    }

    /// The image and the export may fail both: both are told.
    func failed(_ failure: AWSFailure) {
        let region = state.withLock { state in
            if let first = state.result.problem {
                state.result.problem?.message = "\(first.message); \(failure.message)"
            } else {
                state.result.state = failure.code == .cancelled ? .cancelled : .failed
                state.result.problem = .init(message: failure.message, hint: failure.hint)
            }
            return state.result.region
        }
        observe(.note(region: region, failure.description))
    }
}
