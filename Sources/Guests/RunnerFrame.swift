/// One frame of the guest runner's protocol; GuestRunner/kiln-guest-runner.c has the other half.
///
/// On the wire: u32 type, u32 channel, u32 length, all little endian, then `length` bytes.
struct RunnerFrame: Equatable {
    enum Kind: UInt32 {
        case hello = 1
        case exec, kill, putOpen, putData, putClose, get, fileOperation, putAbort, open, input, inputEnd, resize,
            execScript, wake
        case helloBack = 64
        case standardOutput, standardError, exit, error, done, data, end, taken
    }

    static let headerLength = 12
    /// The runner refuses longer frames, and so do we.
    static let maximumLength = 16 << 20
    /// Bytes of a program's input that may be under way, sent and not yet taken; the runner's number too.
    static let inputWindow = 256 << 10

    var kind: Kind
    var channel: UInt32
    var payload: [UInt8] = []

    var encoded: [UInt8] {
        Self.bytes(kind.rawValue) + Self.bytes(channel) + Self.bytes(UInt32(payload.count)) + payload
    }

    /// The three words of a header.
    static func words(_ bytes: [UInt8]) -> [UInt32] {
        stride(from: 0, to: bytes.count - 3, by: 4).map { index in
            (0..<4).reduce(UInt32(0)) { $0 | UInt32(bytes[index + $1]) << UInt32(8 * $1) }
        }
    }

    static func bytes(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

    /// What a restored guest needs to know: the time of day since 1970, and a seed for its random numbers.
    static func wake(seconds: Int, nanoseconds: Int, seed: [UInt8], channel: UInt32) -> RunnerFrame {
        let count = UInt64(seconds)
        let head = bytes(UInt32(truncatingIfNeeded: count)) + bytes(UInt32(count >> 32))
        return RunnerFrame(kind: .wake, channel: channel, payload: head + bytes(UInt32(nanoseconds)) + seed)
    }

    /// The request to start a program, its script put in place first.
    static func exec(_ command: GuestCommand, channel: UInt32) -> RunnerFrame {
        let variables = variables(of: command)
        var payload = bytes(UInt32(command.arguments.count)) + bytes(UInt32(variables.count))
        payload += bytes(UInt32(command.standardInput.count)) + texts(command, variables) + command.standardInput
        guard let script = command.script else { return RunnerFrame(kind: .exec, channel: channel, payload: payload) }
        let path = Array(script.path.utf8)
        let head = bytes(script.permissions) + bytes(UInt32(path.count)) + bytes(UInt32(script.content.count))
        return RunnerFrame(kind: .execScript, channel: channel, payload: head + path + script.content + payload)
    }

    /// The request to start a program whose input follows, on a terminal of its own where `size` says how large that is.
    static func open(_ command: GuestCommand, size: TerminalSize?, channel: UInt32) -> RunnerFrame {
        let variables = variables(of: command)
        var payload = bytes(UInt32(command.arguments.count)) + bytes(UInt32(variables.count))
        payload += bytes(size?.rows ?? 0) + bytes(size?.columns ?? 0) + texts(command, variables)
        return RunnerFrame(kind: .open, channel: channel, payload: payload)
    }

    private static func variables(of command: GuestCommand) -> [String] {
        var environment = [
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", "USER": "root",
            "LOGNAME": "root", "SHELL": "/bin/bash", "LANG": "C.UTF-8",
        ]
        environment.merge(command.environment) { $1 }
        return environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    }

    private static func texts(_ command: GuestCommand, _ variables: [String]) -> [UInt8] {
        ([command.workingDirectory] + command.arguments + variables).flatMap { Array($0.utf8) + [0] }
    }
}
