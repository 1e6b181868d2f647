public import Failures
import Glibc
import HostSystem

extension RunningGuest {
    public func run(
        _ command: GuestCommand, output: @escaping @Sendable (GuestOutput) async -> Void
    ) async throws(GuestFailure) -> GuestExit {
        var command = command
        if let script = command.script, script.content.count > RunnerFrame.maximumLength / 2 {
            try await write(script.content, to: script.path, permissions: script.permissions)
            command.script = nil
        }
        let request = command
        return try await run({ .exec(request, channel: $0) }, limit: command.limit, output: output)
    }

    /// Sends a request that is answered by output and an exit status, and waits for that.
    func run(
        _ request: (_ channel: UInt32) -> RunnerFrame, limit: Duration?,
        output: @escaping @Sendable (GuestOutput) async -> Void
    ) async throws(GuestFailure) -> GuestExit {
        let connection = try connection()
        let (channel, mailbox) = try connection.openChannel()
        defer { connection.closeChannel(channel) }
        try await connection.send(request(channel))
        let end = limit.map { ContinuousClock.now + $0 }
        while true {
            let timer = end.map { end in
                Task {
                    try await Task.sleep(until: end)
                    mailbox.wake()
                }
            }
            let frame = try await mailbox.next()
            timer?.cancel()
            if let frame {
                if let exit = try await handle(frame, output: output) { return exit }
                // Asked after each piece: a program that prints without end leaves no other moment.
                let isLate = end.map { ContinuousClock.now >= $0 } ?? false
                guard Task.isCancelled || isLate else { continue }
            }
            if !Task.isCancelled, let end, ContinuousClock.now < end { continue }
            if !Task.isCancelled && end == nil { continue }
            let cancelled = Task.isCancelled
            // In a task of its own: this one may be cancelled, and the program has to be ended all the same.
            await Task {
                await connection.endProgram(channel, mailbox, by: SIGTERM) { frame in
                    (try? await self.handle(frame, output: output)) != nil
                }
            }.value
            if cancelled { throw GuestFailure(.cancelled, "the command in \(name) was cancelled") }
            return .timedOut
        }
    }

    private func handle(
        _ frame: RunnerFrame, output: @Sendable (GuestOutput) async -> Void
    ) async throws(GuestFailure) -> GuestExit? {
        switch frame.kind {
        case .standardOutput: await output(GuestOutput(.standardOutput, frame.payload))
        case .standardError: await output(GuestOutput(.standardError, frame.payload))
        case .exit:
            guard let exit = frame.exit else { throw protocolError(frame) }
            return exit
        case .error: throw refusal(frame, "cannot run")
        default: throw protocolError(frame)
        }
        return nil
    }

    func protocolError(_ frame: RunnerFrame) -> GuestFailure { frame.unexpected(from: name) }

    func refusal(_ frame: RunnerFrame, _ action: String) -> GuestFailure { frame.refusal(action, in: name) }

    func refusal(_ number: Int32, _ what: String, _ action: String) -> GuestFailure {
        RunnerFrame.refusal(number, what, action, in: name)
    }
}
