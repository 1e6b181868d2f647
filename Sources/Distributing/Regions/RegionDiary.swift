import AWSClient
import Failures
import Synchronization

/// What comes of a region, written as it happens: what was done stays told when something fails later.
final class RegionDiary: Sendable {
    private let state: Mutex<RegionResult>
    private let observe: @Sendable (DistributionEvent) -> Void

    init(_ plan: RegionPlan, observe: @escaping @Sendable (DistributionEvent) -> Void) {
        state = Mutex(RegionResult(region: plan.region, state: .available, name: plan.name))
        self.observe = observe
    }

    var result: RegionResult { state.withLock { $0 } }
    var hasFailed: Bool { result.state != .available }

    func did(_ what: String) {
        let region = state.withLock { state in
            state.done.append(what)
            return state.region
        }
        observe(.note(region: region, what))
    }

    func found(_ image: EC2Image, snapshots: [String] = []) {
        state.withLock { state in
            state.image = image.id
            for snapshot in snapshots + image.devices.compactMap(\.snapshotID) where !state.snapshots.contains(snapshot)
            {
                state.snapshots.append(snapshot)
            }
        }
    }

    func copied(to account: String, _ image: String) {
        state.withLock { $0.copies.append(.init(account: account, image: image)) }
    }

    func failed(_ failure: AWSFailure) {
        let region = state.withLock { state in
            state.state = failure.code == .cancelled ? .cancelled : .failed
            state.problem = .init(message: failure.message, hint: failure.hint)
            return state.region
        }
        observe(.note(region: region, failure.description))
    }
}
