import Failures
import Glibc

extension RunnerConnection {
    /// What a program is given to end by itself.
    private static let grace = Duration.seconds(5)
    private static let patience = Duration.seconds(10)

    /// Asks a program to end and, after a grace, ends it; then all that it has started goes too, but for daemons of a
    /// terminal's user (`signal` is SIGHUP).
    ///
    /// - Parameter hasEnded: takes each frame that comes meanwhile, and says whether it is the program's end.
    func endProgram(
        _ channel: UInt32, _ mailbox: Mailbox, by signal: Int32, hasEnded: (RunnerFrame) async -> Bool
    ) async {
        for (signal, patience) in [(signal, Self.grace), (SIGKILL, Self.patience)] {
            try? await kill(channel, signal)
            let end = ContinuousClock.now + patience
            while ContinuousClock.now < end {
                let left = end - ContinuousClock.now
                guard let frame = try? await mailbox.next(within: left, for: "a program that is to end") else { break }
                guard await hasEnded(frame) else { continue }
                // Those that left its process group live on: what was started by a step that failed is ended too.
                if signal == SIGTERM { try? await kill(channel, SIGKILL) }
                return
            }
        }
    }

    private func kill(_ channel: UInt32, _ signal: Int32) async throws(GuestFailure) {
        try await send(RunnerFrame(kind: .kill, channel: channel, payload: RunnerFrame.bytes(UInt32(signal))))
    }
}
