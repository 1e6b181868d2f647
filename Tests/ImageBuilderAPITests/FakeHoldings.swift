import Foundation
import HostSystem
import Synchronization

@testable import ImageBuilderAPI

/// Disks and AMIs that are only said to be there, with all that is done to them in its order.
final class FakeHoldings: ImageHoldings {
    struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    struct State {
        var disks: Set<String> = []
        var amis: [String: AMIFacts] = [:]
        var snapshots: Set<String> = []
        /// What others lie on.
        var obstacles: [String: String] = [:]
        /// What is refused: "delete ami-1".
        var refused: Set<String> = []
        var done: [String] = []
        /// Ends the process before the step of that name.
        var killedAt: String?
    }

    let touchesAWS: Bool
    let state = Mutex(State())
    /// What is at work: it ends as a killed process ends.
    let work = Mutex<Task<Void, any Error>?>(nil)

    init(touchesAWS: Bool = true) { self.touchesAWS = touchesAWS }

    /// - Returns: what was done since.
    func takeDone() -> [String] {
        state.withLock { state in
            defer { state.done = [] }
            return state.done
        }
    }

    private func step(_ name: String, _ change: (inout State) -> Void) throws {
        let isKilled = state.withLock { state in
            defer { if state.killedAt == name { state.killedAt = nil } }
            return state.killedAt == name
        }
        if isKilled {
            work.withLock { $0?.cancel() }
            throw CancellationError()
        }
        try state.withLock { state in
            if state.refused.contains(name) { throw Refusal(description: "\(name) is refused") }
            state.done.append(name)
            change(&state)
        }
    }

    func obstacle(toRemoving digest: String) async throws -> String? { state.withLock { $0.obstacles[digest] } }

    func remove(_ digest: String) async throws { try step("remove \(digest)") { $0.disks.remove(digest) } }

    func setUsable(_ isUsable: Bool, _ digest: String) async throws {
        try step("\(isUsable ? "enable" : "disable") \(digest)") { _ in }
    }

    func facts(of ami: OutputAMI, forExclusions: Bool) async throws -> AMIFacts? {
        try state.withLock { state in
            if state.refused.contains("look at \(ami.id)") { throw Refusal(description: "no credentials") }
            return state.amis[ami.id]
        }
    }

    func carryOut(_ action: LifecycleAction, on ami: OutputAMI, _ facts: AMIFacts) async throws {
        try step("\(action.rawValue) \(ami.id)") { state in
            switch action {
            case .available: state.amis[ami.id]?.state = "available"
            case .deprecate: state.amis[ami.id]?.isDeprecated = true
            case .disable: state.amis[ami.id]?.state = "disabled"
            case .delete: state.amis[ami.id] = nil
            }
        }
    }

    func delete(snapshot: String, of ami: OutputAMI) async throws {
        try step("delete \(snapshot)") { $0.snapshots.remove(snapshot) }
    }
}
