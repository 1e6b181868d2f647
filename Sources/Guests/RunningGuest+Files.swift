public import Failures
import Glibc
import HostSystem
public import SystemPackage

extension RunningGuest {
    private static let piece = 256 << 10
    /// The longest that a guest may go without taking or giving the next piece of a file.
    private static let patience = Duration.seconds(120)

    public func write(_ content: [UInt8], to path: String, permissions: UInt32) async throws(GuestFailure) {
        var offset = 0
        try await put(path, permissions) {
            defer { offset += Self.piece }
            return offset < content.count ? Array(content[offset..<min(offset + Self.piece, content.count)]) : []
        }
    }

    public func upload(_ file: FilePath, to path: String, permissions: UInt32) async throws(GuestFailure) {
        let descriptor = open(file.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw GuestFailure(.guestError, "cannot open \(file): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        try await put(path, permissions) { () throws(GuestFailure) in
            var buffer = [UInt8](repeating: 0, count: Self.piece)
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            guard count >= 0 else {
                throw GuestFailure(.guestError, "cannot read \(file): \(String(cString: strerror(errno)))")
            }
            return Array(buffer.prefix(count))
        }
    }

    private func put(
        _ path: String, _ permissions: UInt32, _ nextPiece: () throws(GuestFailure) -> [UInt8]
    ) async throws(GuestFailure) {
        let connection = try connection()
        let (channel, mailbox) = try connection.openChannel()
        defer { connection.closeChannel(channel) }
        let head = RunnerFrame.bytes(permissions) + Array(path.utf8)
        try await connection.send(RunnerFrame(kind: .putOpen, channel: channel, payload: head))
        do throws(GuestFailure) {
            while true {
                if Task.isCancelled { throw GuestFailure(.cancelled, "writing \(path) in \(name) was cancelled") }
                let piece = try nextPiece()
                if piece.isEmpty { break }
                try await connection.send(RunnerFrame(kind: .putData, channel: channel, payload: piece))
            }
        } catch {
            // The file that was begun goes too.
            try? await connection.send(RunnerFrame(kind: .putAbort, channel: channel))
            throw error
        }
        try await connection.send(RunnerFrame(kind: .putClose, channel: channel))
        let answer = try await mailbox.next(within: Self.patience, for: "writing \(path) in \(name)")
        switch answer.kind {
        case .done: return
        case .error: throw refusal(answer, "cannot write")
        default: throw protocolError(answer)
        }
    }

    public func read(_ path: String, limit: Int) async throws(GuestFailure) -> [UInt8] {
        var content: [UInt8] = []
        let name = name
        try await get(path) { (piece) throws(GuestFailure) in
            guard content.count + piece.count <= limit else {
                throw GuestFailure(.guestError, "\(path) in \(name) is longer than \(limit) bytes")
            }
            content += piece
        }
        return content
    }

    public func download(_ path: String, to file: FilePath) async throws(GuestFailure) {
        let descriptor = open(file.string, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw GuestFailure(.guestError, "cannot create \(file): \(String(cString: strerror(errno)))")
        }
        defer { close(descriptor) }
        do throws(GuestFailure) {
            try await get(path) { (piece) throws(GuestFailure) in
                var offset = 0
                while offset < piece.count {
                    let count = piece.withUnsafeBytes {
                        Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
                    }
                    guard count > 0 else {
                        throw GuestFailure(.guestError, "cannot write \(file): \(String(cString: strerror(errno)))")
                    }
                    offset += count
                }
            }
        } catch {
            unlink(file.string)
            throw error
        }
    }

    private func get(_ path: String, _ take: ([UInt8]) throws(GuestFailure) -> Void) async throws(GuestFailure) {
        let connection = try connection()
        let (channel, mailbox) = try connection.openChannel()
        defer { connection.closeChannel(channel) }
        try await connection.send(RunnerFrame(kind: .get, channel: channel, payload: Array(path.utf8)))
        while true {
            let frame = try await mailbox.next(within: Self.patience, for: "reading \(path) in \(name)")
            switch frame.kind {
            case .data: try take(frame.payload)
            case .end: return
            case .error: throw refusal(frame, "cannot read")
            default: throw protocolError(frame)
            }
        }
    }
}
