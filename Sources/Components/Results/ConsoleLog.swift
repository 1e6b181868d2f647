public import Failures
import Foundation
import Glibc
import Guests
public import HostSystem
import Synchronization
public import SystemPackage

/// The component runner's `console.log`: what all steps print, a line a line, in the order it comes.
///
/// A line is kept until its end has come, as far as `longestLine`; nothing else of the output stays in memory.
public final class ConsoleLog: Sendable {
    public let path: FilePath
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var descriptor: Int32
        var lines: [[UInt8]] = [[], []]
        var failure: HostFailure?
    }

    private static let longestLine = 64 << 10

    /// - Throws: `HostFailure`, where the file cannot be made.
    public init(path: FilePath) throws(HostFailure) {
        try Folders.create(path.removingLastComponent())
        let descriptor = open(path.string, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .systemCall("cannot create the log \(path)", errno: errno) }
        self.path = path
        self.state = Mutex(State(descriptor: descriptor))
    }

    deinit {
        state.withLock { state in _ = close(state.descriptor) }
    }

    /// A piece of output, secrets hidden already.
    func output(_ stream: GuestOutput.Stream, _ bytes: [UInt8]) {
        state.withLock { state in
            let index = stream == .standardError ? 1 : 0
            var rest = bytes[...]
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                state.lines[index] += rest[..<end]
                rest = rest[(end + 1)...]
                flush(index, &state)
            }
            state.lines[index] += rest
            if state.lines[index].count > Self.longestLine { flush(index, &state) }
        }
    }

    func ended(_ name: StepName, _ record: StepRecord) {
        state.withLock { state in
            for index in state.lines.indices where !state.lines[index].isEmpty { flush(index, &state) }
            if let code = record.exitCode { line("CmdExecution: ExitCode \(code)", &state) }
            let why = record.failureMessage.isEmpty ? "" : ": \(record.failureMessage)"
            line("\(name.component): phase \(name.phase), step \(name.step): \(record.status.rawValue)\(why)", &state)
        }
    }

    private func flush(_ index: Int, _ state: inout State) {
        let text = Array("CmdExecution: \(index == 1 ? "Stderr" : "Stdout"): ".utf8) + state.lines[index]
        state.lines[index] = []
        write(text, &state)
    }

    private func line(_ text: String, _ state: inout State) { write(Array(text.utf8), &state) }

    private func write(_ text: [UInt8], _ state: inout State) {
        guard state.failure == nil else { return }
        let stamp = Date().formatted(.iso8601.year().month().day().time(includingFractionalSeconds: false).dateTimeSeparator(.space))
        let bytes = Array("\(stamp) Info ".utf8) + text + [UInt8(ascii: "\n")]
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(state.descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else {
                // The steps go on: their own logs have all of it, and report a full disk.
                state.failure = .systemCall("cannot write the log \(path)", errno: errno)
                return
            }
            offset += count
        }
    }
}
