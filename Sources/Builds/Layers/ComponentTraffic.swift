import Components
import Synchronization

/// What the component that runs now is given through the host, and what makes that its layer is of no use to others.
final class ComponentTraffic: Sendable {
    struct Taken: Sendable {
        var inputs: [LayerInput] = []
        /// Why what the component makes is not kept, as "it …"; nil: nothing is in the way.
        var obstacle: String?
    }

    private let state = Mutex(Taken())
    private let secrets: Set<String>

    init(secrets: Set<String>) { self.secrets = secrets.filter { !$0.isEmpty } }

    func add(_ input: LayerInput) {
        if secrets.contains(where: input.address.contains) { return obstruct("it fetches from a secret address") }
        state.withLock { if !$0.inputs.contains(input) { $0.inputs.append(input) } }
    }

    func obstruct(_ reason: String) {
        state.withLock { $0.obstacle = $0.obstacle ?? reason }
    }

    /// What has come since the last call.
    func take() -> Taken {
        state.withLock { state in
            defer { state = Taken() }
            return state
        }
    }
}
