public import Failures
import Foundation
import Glibc
import Guests
public import HostSystem
import Synchronization
public import SystemPackage

/// The component runner's `console.log`: documents, phases and steps as they begin, and what steps print, a line a line, in
/// the order it comes.
///
/// A line is kept until its end has come, as far as `longestLine`; nothing else of the output stays in memory.
public final class ConsoleLog: Sendable {
    public let path: FilePath
    private let state: Mutex<State>

    private struct State: ~Copyable {
        var descriptor: Int32
        var lines: [[UInt8]] = [[], []]
        /// The phase that was told last, with its document.
        var phase: [String] = []
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

    /// A line of the runner's own.
    public func write(_ text: String) {
        state.withLock { state in write(Self.line(text), &state) }
    }

    /// Tells the beginning of a step, and of its phase; nothing else: its output and its end come by themselves.
    public func note(_ event: StepEvent) {
        guard case .started(let name, let attempt, _) = event else { return }
        state.withLock { state in
            var text: [UInt8] = []
            if state.phase != [name.component, name.phase] {
                state.phase = [name.component, name.phase]
                text += Self.line("Phase \(name.phase)")
            }
            if attempt == 1 { text += Self.line("Step \(name.step)") }
            write(text, &state)
        }
    }

    /// A piece of output, secrets hidden already.
    func output(_ stream: GuestOutput.Stream, _ bytes: [UInt8]) {
        state.withLock { state in
            let index = stream == .standardError ? 1 : 0
            var rest = bytes[...]
            var whole: [UInt8] = []
            let stamp = Self.stamp()
            while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                state.lines[index] += rest[..<end]
                rest = rest[(end + 1)...]
                whole += Self.takeLine(index, stamp, &state)
            }
            state.lines[index] += rest
            if state.lines[index].count > Self.longestLine { whole += Self.takeLine(index, stamp, &state) }
            write(whole, &state)
        }
    }

    func ended(_ name: StepName, _ record: StepRecord) {
        state.withLock { state in
            let stamp = Self.stamp()
            var text: [UInt8] = []
            for index in state.lines.indices where !state.lines[index].isEmpty {
                text += Self.takeLine(index, stamp, &state)
            }
            if let code = record.exitCode { text += Self.line("CmdExecution: ExitCode \(code)") }
            if !record.failureMessage.isEmpty {
                text += Self.line("\(record.action): \(record.failureMessage.replacing("\n", with: " "))")
            }
            text += Self.line("\(record.action): FINISHED EXECUTION, step \(name.step): \(record.status.rawValue)")
            write(text, &state)
        }
    }

    private static func line(_ text: String) -> [UInt8] { Array("\(stamp())\(text)\n".utf8) }

    /// "2020-07-31 11:57:10.575 Info "
    private static func stamp() -> String {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true).dateTimeSeparator(.space)
        return "\(Date().formatted(style).dropLast()) Info "
    }

    private static func takeLine(_ index: Int, _ stamp: String, _ state: inout State) -> [UInt8] {
        defer { state.lines[index] = [] }
        return Array("\(stamp)CmdExecution: \(index == 1 ? "Stderr" : "Stdout"): ".utf8) + state.lines[index]
            + [UInt8(ascii: "\n")]
    }

    private func write(_ bytes: [UInt8], _ state: inout State) {
        guard state.failure == nil else { return }
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
