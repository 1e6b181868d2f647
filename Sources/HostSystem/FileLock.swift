public import Failures
import Glibc
public import SystemPackage

/// An flock(2) on a file, held until released, closed or the process ends in whatever way. Because the kernel drops it
/// with the process, "is the lock free?" answers "is its owner gone?" without trusting process numbers.
public final class FileLock: Sendable {
    public let path: FilePath
    private let descriptor: Int32

    private init(path: FilePath, descriptor: Int32) {
        self.path = path
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Takes the lock now, or answers nil where somebody else has it. The file is made when missing.
    ///
    /// - Parameter shared: any number of holders of this kind go together.
    public static func tryAcquire(_ path: FilePath, shared: Bool = false) throws(HostFailure) -> FileLock? {
        // O_CLOEXEC: a QEMU that outlives us must not hold the lock in our stead.
        let descriptor = open(path.string, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .systemCall("cannot open the lock \(path)", errno: errno) }
        guard retryingInterrupts({ flock(descriptor, (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) }) == 0 else {
            let number = errno
            close(descriptor)
            if number == EWOULDBLOCK { return nil }
            throw .systemCall("cannot lock \(path)", errno: number)
        }
        // Whoever held it may have removed the file as its last act: a lock on what has no name any more locks nothing.
        var (named, opened) = (stat(), stat())
        guard fstat(descriptor, &opened) == 0, stat(path.string, &named) == 0, named.st_ino == opened.st_ino,
            named.st_dev == opened.st_dev
        else {
            close(descriptor)
            return nil
        }
        return FileLock(path: path, descriptor: descriptor)
    }

    /// Makes an exclusive lock one that goes together with others. Between the two moments somebody else may get it: whoever
    /// cannot bear that holds a lock around both.
    public func share() throws(HostFailure) {
        guard retryingInterrupts({ flock(descriptor, LOCK_SH | LOCK_NB) }) == 0 else {
            throw .systemCall("cannot share the lock \(path)", errno: errno)
        }
    }

    /// Makes a shared lock exclusive.
    ///
    /// - Returns: false where somebody else shares it; this one may not be held any more then.
    public func makeExclusive() -> Bool { retryingInterrupts { flock(descriptor, LOCK_EX | LOCK_NB) } == 0 }

    /// Whether somebody holds the lock now. It is looked at without being taken for longer than the look.
    public static func isHeld(_ path: FilePath) -> Bool {
        let descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return retryingInterrupts { flock(descriptor, LOCK_SH | LOCK_NB) } != 0 && errno == EWOULDBLOCK
    }

    /// Waits for the lock, at most `limit`.
    ///
    /// - Parameter shared: see `tryAcquire`.
    public static func acquire(
        _ path: FilePath, within limit: Duration, for purpose: String, shared: Bool = false
    ) async throws -> FileLock {
        let end = ContinuousClock.now + limit
        while true {
            if let lock = try tryAcquire(path, shared: shared) { return lock }
            guard ContinuousClock.now < end else {
                throw HostFailure(
                    .busy, "another kiln process has held \(path) for more than \(limit.inSeconds) (\(purpose))",
                    hint: "wait for it, or look with `fuser \(path)`")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }
}
