public import Failures
import Foundation
import Glibc
import SystemPackage

/// What all guests of one home may use of this host at the same time, whichever kiln processes run them.
///
///     data/guests/lock                     held for moments, by whoever looks at the rest
///     data/guests/<moment>-<random>        a guest, or one that waits: locked by its process, free when that is gone
///
/// Who has waited longest is next, so that small guests do not pass a large one for ever. A guest that is larger than the
/// whole budget runs when it is alone.
public struct HostBudget: Sendable {
    private let folder: FilePath
    /// Virtual processors, which may be more than the host has: most steps use one, and wait.
    public let cpus: Int
    public let memoryMiB: Int

    /// - Parameters:
    ///   - cpus: nil: twice the host's.
    ///   - memoryMiB: nil: three quarters of the host's.
    public init(home: KilnHome, cpus: Int? = nil, memoryMiB: Int? = nil) {
        folder = home.data.appending("guests")
        self.cpus = cpus ?? 2 * ProcessInfo.processInfo.activeProcessorCount
        self.memoryMiB = memoryMiB ?? Int(ProcessInfo.processInfo.physicalMemory >> 20) * 3 / 4
    }

    /// A guest's share, until it is released or forgotten, or the process ends in whatever way.
    public final class Share: Sendable {
        private let lock: FileLock

        init(_ lock: FileLock) { self.lock = lock }

        /// A file that has no name any more counts for nothing.
        public func release() { unlink(lock.path.string) }

        deinit { release() }
    }

    private struct Claim: Codable {
        var cpus: Int
        var memoryMiB: Int
        var isRunning = false
    }

    /// Waits for a guest's share.
    ///
    /// - Parameter waits: told once, in words, where it has to wait.
    /// - Throws: `HostFailure`: `busy` after `limit`, `cancelled`, `io`.
    public func share(
        cpus: Int, memoryMiB: Int, limit: Duration = .seconds(12 * 3600), waits: (String) -> Void = { _ in }
    ) async throws(HostFailure) -> Share {
        let claim = Claim(cpus: cpus, memoryMiB: memoryMiB)
        let (file, lock) = try await locked { () throws(HostFailure) in try enter(claim) }
        let share = Share(lock)
        let end = ContinuousClock.now + limit
        var isTold = false
        while true {
            guard let before = try await locked({ () throws(HostFailure) in try take(claim, file) }) else {
                return share
            }
            if !isTold {
                waits("waiting for processors and memory: \(before) have them or come first")
                isTold = true
            }
            guard ContinuousClock.now < end else {
                throw HostFailure(
                    .busy, "there were no processors and memory for a guest within \(limit.inSeconds)",
                    hint: "end other builds, or allow more: --guest-cpus, --guest-memory")
            }
            do { try await Task.sleep(for: .milliseconds(200)) } catch {
                throw HostFailure(.cancelled, "cancelled while waiting for processors and memory")
            }
        }
    }

    private func enter(_ claim: Claim) throws(HostFailure) -> (FilePath, FileLock) {
        let moment = String(UInt64(Date().timeIntervalSince1970 * 1e6))
        let file = folder.appending("\(moment)-\(UInt32.random(in: 0 ... .max))")
        guard let lock = try FileLock.tryAcquire(file) else {
            throw HostFailure(.busy, "another process has \(file)")
        }
        try write(claim, to: file)
        return (file, lock)
    }

    /// - Returns: nil, where the share is the claim's now; else how many guests are before it.
    private func take(_ claim: Claim, _ file: FilePath) throws(HostFailure) -> String? {
        var running: [Claim] = []
        var waitingBefore = 0
        for name in try Folders.names(in: folder).sorted() where name.contains("-") {
            let other = folder.appending(name)
            if other == file { continue }
            guard FileLock.isHeld(other) else {
                try Folders.remove(other)
                continue
            }
            guard let found: Claim = JSONRecord.read(other) else { continue }
            if found.isRunning { running.append(found) } else if other.string < file.string { waitingBefore += 1 }
        }
        let fits =
            running.reduce(claim.cpus) { $0 + $1.cpus } <= cpus
            && running.reduce(claim.memoryMiB) { $0 + $1.memoryMiB } <= memoryMiB
        guard waitingBefore == 0, running.isEmpty || fits else {
            let count = running.count + waitingBefore
            return "\(count) guest\(count == 1 ? "" : "s")"
        }
        var taken = claim
        taken.isRunning = true
        try write(taken, to: file)
        return nil
    }

    /// In place: the lock is on this file, not on one of the same name. Nobody reads it meanwhile.
    private func write(_ claim: Claim, to file: FilePath) throws(HostFailure) {
        do {
            try JSONRecord.encoder.encode(claim).write(to: URL(fileURLWithPath: file.string))
        } catch { throw HostFailure(.io, "cannot write \(file): \(error)", cause: error) }
    }

    private func locked<Value: Sendable>(_ body: () throws(HostFailure) -> Value) async throws(HostFailure) -> Value {
        try Folders.create(folder)
        let lock: FileLock
        do {
            lock = try await FileLock.acquire(
                folder.appending("lock"), within: .seconds(60), for: "sharing processors and memory")
        } catch let failure as HostFailure { throw failure } catch {
            throw HostFailure(.cancelled, "cancelled while waiting for processors and memory")
        }
        defer { withExtendedLifetime(lock) {} }
        return try body()
    }
}
