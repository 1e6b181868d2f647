public import Failures
import Glibc
import HostSystem

extension RunningGuest {
    /// What a program is given between SIGTERM and SIGKILL.
    private static let grace = Duration.seconds(5)

    public func run(
        _ command: GuestCommand, output: @escaping @Sendable (GuestOutput) async -> Void
    ) async throws(GuestFailure) -> GuestExit {
        try await run({ .exec(command, channel: $0) }, limit: command.limit, output: output)
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
            await Task { await self.end(channel, mailbox, connection, output) }.value
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
            let words = RunnerFrame.words(frame.payload)
            guard words.count == 2 else { throw protocolError(frame) }
            return words[0] == 0 ? .exited(Int32(bitPattern: words[1])) : .signalled(Int32(bitPattern: words[1]))
        case .error: throw refusal(frame, "cannot run")
        default: throw protocolError(frame)
        }
        return nil
    }

    /// SIGTERM, a grace, SIGKILL for all that the program has started.
    private func end(
        _ channel: UInt32, _ mailbox: Mailbox, _ connection: RunnerConnection,
        _ output: @escaping @Sendable (GuestOutput) async -> Void
    ) async {
        for (signal, patience) in [(SIGTERM, Self.grace), (SIGKILL, .seconds(10))] {
            try? await connection.send(
                RunnerFrame(kind: .kill, channel: channel, payload: RunnerFrame.bytes(UInt32(signal))))
            let end = ContinuousClock.now + patience
            while ContinuousClock.now < end {
                guard let frame = try? await next(mailbox, within: end - ContinuousClock.now, for: name) else { break }
                guard let exit = try? await handle(frame, output: output) else { continue }
                _ = exit
                // Those that left its process group live on: what was started by a step that failed is ended too.
                if signal == SIGTERM {
                    try? await connection.send(
                        RunnerFrame(kind: .kill, channel: channel, payload: RunnerFrame.bytes(UInt32(SIGKILL))))
                }
                return
            }
        }
    }

    func protocolError(_ frame: RunnerFrame) -> GuestFailure {
        GuestFailure(.protocolError, "the runner in \(name) sent \(frame.kind) where it has no meaning")
    }

    func refusal(_ frame: RunnerFrame, _ action: String) -> GuestFailure {
        let number = Int32(bitPattern: RunnerFrame.words(Array(frame.payload.prefix(4))).first ?? 0)
        return refusal(number, String(decoding: frame.payload.dropFirst(4), as: UTF8.self), action)
    }

    func refusal(_ number: Int32, _ what: String, _ action: String) -> GuestFailure {
        if number == ENOSPC || number == EDQUOT {
            return GuestFailure(
                .guestDiskFull, "\(action) in \(name): \(what)",
                hint: "give the image a larger volume (Ebs.VolumeSize in the recipe's BlockDeviceMappings)",
                cause: GuestErrno(number))
        }
        return GuestFailure(.guestError, "\(action) in \(name): \(what)", cause: GuestErrno(number))
    }
}
