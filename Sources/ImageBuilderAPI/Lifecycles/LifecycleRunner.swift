import Failures
public import Foundation
import HostSystem
public import Store
public import SystemPackage

/// Carries lifecycle policies out once a day, and state updates of images that were asked for.
///
/// One process of a home does that at a time. What it had begun when it ended, the next one goes on with.
public final class LifecycleRunner: Sendable {
    private let store: KilnStore
    private let holdings: any ImageHoldings
    private let lock: FilePath?
    private let clock: @Sendable () -> Date
    private let log: @Sendable (String) -> Void

    /// How late an execution may begin.
    public static let interval = Duration.seconds(1)
    private static let day: TimeInterval = 24 * 3600

    /// - Parameters:
    ///   - lock: held by the one process that does it; nil: there is no other.
    ///   - log: gets a line for each execution that ends.
    public init(
        store: KilnStore, holdings: any ImageHoldings, lock: FilePath? = nil,
        clock: @escaping @Sendable () -> Date = { Date() }, log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.store = store
        self.holdings = holdings
        self.lock = lock
        self.clock = clock
        self.log = log
    }

    /// Until the task is cancelled. What fails is told once, and tried again.
    public func run() async {
        var (held, said): (FileLock?, String) = (nil, "")
        while !Task.isCancelled {
            do {
                if held == nil, let lock { held = try FileLock.tryAcquire(lock) }
                if held != nil || lock == nil { try await look() }
                said = ""
            } catch {
                if !Task.isCancelled, said != "\(error)" { log("lifecycles: \(error); tried again") }
                said = "\(error)"
            }
            try? await Task.sleep(for: Self.interval)
        }
        withExtendedLifetime(held) {}
    }

    /// Looks once: goes on with what was begun, begins what is due.
    func look() async throws {
        for execution in try await store.begunLifecycles() { try await carryOut(execution) }
        // A run that was missed is made up for once: the day counts from the last.
        for policy in try await store.policiesToRun(before: clock().addingTimeInterval(-Self.day)) {
            try await begin(policy)
        }
        for execution in try await store.dueLifecycles() { try await carryOut(execution) }
    }

    /// What it is to do is kept with it: a change of the policy counts from the next one on.
    private func begin(_ policy: StoredResource) async throws {
        let document = try JSONParser.parse(Array(policy.document)).members ?? [:]
        let request = document.filter { ["policyDetails", "resourceSelection", "resourceType"].contains($0.key) }
        do throws(StoreFailure) {
            _ = try await store.beginLifecycle(of: policy.arn, request: Data(JSONValue.object(request).bytes))
        } catch {
            switch error.code {
            // It was deleted meanwhile, or another has begun it.
            case .notFound, .invalidState: return
            default: throw error
            }
        }
    }

    private func carryOut(_ begun: LifecycleExecution) async throws {
        var execution = begun
        if execution.status == .pending {
            do throws(StoreFailure) {
                execution = try await store.transition(lifecycleExecution: begun.id, to: .inProgress)
            } catch {
                // It was cancelled meanwhile.
                guard case .invalidState = error.code else { throw error }
                return
            }
        }
        let end = try await LifecycleWork(store: store, holdings: holdings, execution: execution, clock: clock).run()
        _ = try await store.transition(lifecycleExecution: begun.id, to: end.status, reason: end.reason)
        log("the lifecycle execution \(begun.id) of \(begun.resource) is \(end.status.rawValue)")
    }
}
