import Builds
import Glibc
import HostSystem
import SystemPackage

/// Reads a build's events and logs, to their present end or on as they grow.
struct LogReader {
    let folder: BuildFolder
    let follow: Bool

    private static let pause = Duration.milliseconds(200)

    /// Gives each event and its line; ends when `take` answers false, at the end of the file, or, following, at the end
    /// of the build.
    func events(_ take: (EventRecord, [UInt8]) async throws -> Bool) async throws {
        var lines = LineSplitter()
        _ = try await pieces(of: folder.events, until: { isOver }) { bytes in
            for line in lines.feed(bytes) where !line.isEmpty {
                guard let event = EventRecord(line: line) else { continue }
                guard try await take(event, line) else { return false }
            }
            return true
        }
    }

    /// Shows a step's log; following, until the step's end is among the events.
    ///
    /// - Returns: false where nobody reads any more.
    func step(_ name: String, log: FilePath) async throws -> Bool {
        try await pieces(of: log, until: { isOver || hasEnded(log) }) { Terminal.say(raw: $0) }
    }

    /// Shows a whole file, and what is added to it while the build goes on.
    func copy(_ path: FilePath) async throws {
        _ = try await pieces(of: path, until: { isOver }) { Terminal.say(raw: $0) }
    }

    private func pieces(
        of path: FilePath, until isOver: () -> Bool, _ take: ([UInt8]) async throws -> Bool
    ) async throws -> Bool {
        var file: GrowingFile?
        while true {
            // Asked before the read: what was written before the end is then read for certain.
            let ended = !follow || isOver()
            if file == nil { file = try GrowingFile(path) }
            while let bytes = try file?.read(), !bytes.isEmpty {
                guard try await take(bytes) else { return false }
            }
            if ended { return true }
            try await Task.sleep(for: Self.pause)
        }
    }

    /// Its process is gone: a build that is done still holds its lock while it writes its last event.
    private var isOver: Bool { !FileLock.isHeld(folder.lock) }

    private func hasEnded(_ log: FilePath) -> Bool {
        guard let bytes = try? Folders.read(folder.events) else { return true }
        return bytes.split(separator: UInt8(ascii: "\n")).contains { line in
            EventRecord(line: line).map { $0.event == .stepEnded && $0.log == log.string } ?? false
        }
    }
}

/// A file that somebody else is appending to.
private final class GrowingFile {
    private let descriptor: Int32

    /// - Returns: nil where there is no such file yet.
    init?(_ path: FilePath) throws(HostFailure) {
        descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
        if descriptor >= 0 { return }
        if errno == ENOENT { return nil }
        throw .systemCall("cannot open \(path)", errno: errno)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next piece; empty at the present end.
    func read() throws(HostFailure) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = retryingInterrupts { Glibc.read(descriptor, &buffer, buffer.count) }
        guard count >= 0 else { throw .systemCall("cannot read a log", errno: errno) }
        return Array(buffer.prefix(count))
    }
}
