import Failures
import HostSystem
import Synchronization

/// Called with bytes that are done, and in all.
public typealias BundleProgress = @Sendable (_ done: Int, _ total: Int) -> Void

/// What work on a thread of its own looks at between two pieces: whether it is still wanted, and how far it is.
final class Work: Sendable {
    private let isCancelled = Atomic(false)
    private let done = Atomic(0)
    private let total: Int
    private let progress: BundleProgress

    init(total: Int64, progress: @escaping BundleProgress) {
        self.total = Int(total)
        self.progress = progress
    }

    func cancel() { isCancelled.store(true, ordering: .relaxed) }

    /// - Throws: `BundleFailure` `cancelled`.
    func did(_ count: Int) throws(BundleFailure) {
        if isCancelled.load(ordering: .relaxed) { throw BundleFailure(.cancelled, "cancelled") }
        progress(done.wrappingAdd(count, ordering: .relaxed).newValue, total)
    }

    /// Runs it on a thread where it may block, until its task is cancelled.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws(BundleFailure) -> Value
    ) async throws(BundleFailure) -> Value {
        let result: Result<Value, BundleFailure> = await withTaskCancellationHandler {
            do throws(BundleFailure) {
                return .success(try await offPool { () throws(BundleFailure) in try body() })
            } catch {
                return .failure(error)
            }
        } onCancel: {
            cancel()
        }
        return try result.get()
    }
}
