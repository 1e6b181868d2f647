import Dispatch
import Glibc

/// Runs a call that blocks (libvirt, libguestfs, fsync) on a thread of its own kind, away from Swift's cooperative pool,
/// which has one thread a core and stalls as a whole when those wait.
///
/// The call is not interrupted by cancellation: whoever needs that closes what the call waits for.
public func offPool<Value: Sendable, Fault: Error>(
    _ body: @escaping @Sendable () throws(Fault) -> Value
) async throws(Fault) -> Value {
    let outcome: Result<Value, Fault> = await withCheckedContinuation { continuation in
        blockingQueue.async {
            continuation.resume(returning: Result(catching: body))
        }
    }
    return try outcome.get()
}

private let blockingQueue = DispatchQueue(label: "org.kiln.blocking", qos: .userInitiated, attributes: .concurrent)
