import HostSystem
import Synchronization

extension ImageExecution {
    /// Starts a kiln that works for this process, and ends with it.
    ///
    /// - Returns: the lines of its standard output, and its end. Cancelling that ends it in order.
    func startKiln(
        _ arguments: [String], environment: [String: String] = [:]
    ) -> (lines: AsyncStream<[UInt8]>, end: Task<Int32, any Error>) {
        let (lines, feed) = AsyncStream.makeStream(of: [UInt8].self)
        let command = HostCommand(
            "/proc/self/exe", arguments,
            environment: environment.merging([ParentWatch.variable: "\(ProcessIdentity.current)"]) { $1 },
            grace: Self.grace)
        let child = Task {
            defer { feed.finish() }
            return try await command.lines { stream, line in
                switch stream {
                case .output: feed.yield(line)
                case .error: self.heard(Terminal.harmless(line))
                }
            }
        }
        state.withLock { $0.child = child }
        // Whatever has come before it was there.
        if state.withLock({ $0.stop }) != nil { child.cancel() }
        return (lines, child)
    }

    private func heard(_ line: String) {
        Terminal.complain(line)
        state.withLock { $0.said = $0.said.suffix(19) + [line] }
    }
}
