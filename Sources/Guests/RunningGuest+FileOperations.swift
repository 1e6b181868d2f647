public import Failures
import Glibc
import HostSystem
import Synchronization

extension RunningGuest {
    /// The names of some hundred thousand files.
    private static let answerLimit = 32 << 20
    private static let messageLimit = 16 << 10

    public func perform(_ operation: FileOperation, limit: Duration?) async throws(GuestFailure) -> FileAnswer {
        let payload = operation.payload
        guard payload.count <= RunnerFrame.maximumLength else {
            throw GuestFailure(
                .guestError, "cannot \(operation.verb) in \(name): \(payload.count) bytes are too many at once",
                cause: GuestErrno(EFBIG))
        }
        let said = Mutex((answer: [UInt8](), message: [UInt8](), count: 0))
        let exit = try await run({ RunnerFrame(kind: .fileOperation, channel: $0, payload: payload) }, limit: limit) {
            output in
            said.withLock { said in
                if output.stream == .standardError {
                    said.message += output.bytes.prefix(Self.messageLimit - said.message.count)
                } else {
                    said.count += output.bytes.count
                    if said.count <= Self.answerLimit { said.answer += output.bytes }
                }
            }
        }
        let (bytes, message, count) = said.withLock { $0 }
        switch exit {
        case .exited(0):
            guard count <= Self.answerLimit else {
                throw GuestFailure(.guestError, "there are too many files to list in \(name)", cause: GuestErrno(E2BIG))
            }
            guard let answer = operation.answer(bytes) else {
                throw GuestFailure(.protocolError, "the runner in \(name) answered a file operation with what is none")
            }
            return answer
        case .exited(let number):
            throw refusal(number, String(decoding: message, as: UTF8.self), "cannot \(operation.verb)")
        case .signalled(let signal):
            throw GuestFailure(.guestError, "cannot \(operation.verb) in \(name): ended by signal \(signal)")
        case .timedOut:
            throw GuestFailure(.timedOut, "cannot \(operation.verb) in \(name): not done within its time limit")
        }
    }
}
