public import Failures
import Subprocess

extension HostCommand {
    public enum Stream: Sendable {
        case output
        case error
    }

    /// Runs to the end and gives what it prints line by line as it comes. Cancelled, it gets SIGINT, and `grace` to end.
    ///
    /// - Parameter show: called for the lines of both streams, without their ends; from one task each.
    /// - Returns: its exit status.
    /// - Throws: `HostFailure`: `missingProgram`, `cancelled`, `io`.
    public func lines(_ show: @escaping @Sendable (Stream, [UInt8]) -> Void) async throws(HostFailure) -> Int32 {
        let configuration = try configuration(
            endingBy: [.send(signal: .interrupt, toProcessGroup: false, allowedDurationToNextStep: grace)])
        do {
            let result = try await Subprocess.run(configuration, input: .none, output: .sequence, error: .sequence) {
                execution in
                async let output: Void = Self.read(execution.standardOutput) { show(.output, $0) }
                async let error: Void = Self.read(execution.standardError) { show(.error, $0) }
                _ = try await (output, error)
            }
            return Self.status(result.terminationStatus)
        } catch {
            if Task.isCancelled { throw HostFailure(.cancelled, "\(program) was cancelled") }
            if let failure = error as? HostFailure { throw failure }
            throw HostFailure(.io, "cannot run \(program): \(error)", cause: error)
        }
    }

    private static func read(
        _ stream: SubprocessOutputSequence, _ show: @Sendable ([UInt8]) -> Void
    ) async throws {
        var splitter = LineSplitter()
        for try await buffer in stream {
            for line in splitter.feed(buffer.withUnsafeBytes { Array($0) }) { show(line) }
        }
        let rest = splitter.takeRest()
        if !rest.isEmpty { show(rest) }
    }
}
