import Failures
import Guests
import Synchronization

extension ActionContext {
    /// How much of standard output a later step can chain; the log has all of it.
    static let chainLimit = 1 << 20
    /// The exit code with which a program asks for a reboot, after which the same step runs again.
    static let rebootCode: Int32 = 194

    /// Runs a program of the step, its output going to the log as it comes.
    ///
    /// - Throws: `exited`, `signalled`, `timedOut`, and what the guest may. 0 and 194 are no failures.
    func run(_ arguments: [String], script: GuestScript? = nil) async throws(ActionFailure) -> ActionOutput {
        let ended = try await follow(arguments, script: script)
        let outputs = [["stdout": ended.standardOutput]]
        switch ended.exit {
        case .exited(0): return ActionOutput(outputs, exitCode: 0)
        case .exited(Self.rebootCode):
            return ActionOutput(outputs, exitCode: Self.rebootCode, reboot: .sameStepAgain)
        default: throw failure(ended.exit)
        }
    }

    /// Runs a program of the step, whatever its exit status.
    func follow(
        _ arguments: [String], environment: [String: String] = [:], script: GuestScript? = nil
    ) async throws(ActionFailure) -> EndedProgram {
        let kept = Kept()
        let log = log
        let command = GuestCommand(
            arguments, environment: environment, workingDirectory: workingDirectory, script: script)
        let exit = try await asking { guest throws(GuestFailure) in
            try await guest.run(command) { output in
                kept.add(output)
                await log.output(output)
            }
        }
        return EndedProgram(
            exit: exit, standardOutput: String(decoding: kept.standardOutput, as: UTF8.self), errors: kept.errors)
    }

    /// Runs a program for its answer, which is no output of the step.
    func capture(
        _ arguments: [String], environment: [String: String] = [:], limit: Duration
    ) async throws(ActionFailure) -> (GuestExit, String) {
        let kept = Kept()
        let command = GuestCommand(
            arguments, environment: environment, workingDirectory: workingDirectory, limit: limit)
        let exit = try await asking { guest throws(GuestFailure) in try await guest.run(command) { kept.add($0) } }
        return (exit, String(decoding: kept.standardOutput, as: UTF8.self))
    }

    func failure(_ exit: GuestExit) -> ActionFailure {
        switch exit {
        case .exited(let code): ActionFailure(.exited(code), "exit code \(code)")
        case .signalled(let signal): ActionFailure(.signalled(signal), "ended by signal \(signal)")
        case .timedOut: ActionFailure(.timedOut, "timed out")
        }
    }

    /// The step's commands as one script, in a folder of the guest where the cleaning finds it.
    func script(_ commands: [String], extension suffix: String) -> GuestScript {
        let text = commands.map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined()
        return GuestScript(
            path: "\(scriptFolder)/\(name).\(suffix)", content: Array(text.utf8), permissions: 0o700)
    }
}

/// A program that has run to its end.
struct EndedProgram: Sendable {
    var exit: GuestExit
    /// Its beginning.
    var standardOutput: String
    /// The end of standard error.
    var errors: String
}

/// The beginning of standard output and the end of standard error.
private final class Kept: Sendable {
    private let state = Mutex((output: [UInt8](), errors: OutputTail(limit: 8 << 10)))

    func add(_ piece: GuestOutput) {
        state.withLock { state in
            switch piece.stream {
            case .standardOutput: state.output += piece.bytes.prefix(ActionContext.chainLimit - state.output.count)
            case .standardError: state.errors.append(piece.bytes)
            }
        }
    }

    var standardOutput: [UInt8] { state.withLock { $0.output } }
    var errors: String { state.withLock { String(decoding: $0.errors.bytes, as: UTF8.self) } }
}
