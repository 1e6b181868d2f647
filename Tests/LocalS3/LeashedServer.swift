import Foundation
import Glibc
import HostSystem
import Synchronization
public import SystemPackage

/// A server that ends with the process that started it, in whatever way that ends: a shell between the two waits for the end
/// of a pipe that only this process holds open, then ends the server and removes its folder.
public final class LeashedServer: Sendable {
    /// Closing it ends the server.
    private let leash: Mutex<Int32>

    /// - Parameter folder: what the server prints goes to `log` in it.
    /// - Parameter environment: besides this process's own.
    public init(_ program: String, _ arguments: [String], folder: FilePath, environment: [String: String] = [:]) throws
    {
        // Asked to end, SeaweedFS's parts wait for each other for ever at times; no server's data is wanted any more.
        let script = """
            program=$1 folder=$2; shift 2
            "$program" "$@" >"$folder/log" 2>&1 </dev/null & server=$!
            cat >/dev/null
            kill -9 "$server" 2>/dev/null; wait "$server"; rm -rf "$folder"
            """
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw HostFailure.systemCall("cannot make a pipe", errno: errno) }
        // Other children of this process must not hold the server's life in their hands.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        leash = Mutex(ends[1])
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script, "sh", program, folder.string] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit { stop() }

    public func stop() {
        leash.withLock {
            if $0 >= 0 { close($0) }
            $0 = -1
        }
    }

    public static func freePorts(_ count: Int) throws -> [Int] {
        // All are held until all are known, or the system would give the same one twice.
        var sockets: [Int32] = []
        defer { for one in sockets { close(one) } }
        return try (0..<count).map { _ in
            let one = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            sockets.append(one)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(one, $0, length) == 0 && getsockname(one, $0, &length) == 0
                }
            }
            guard bound else { throw HostFailure.systemCall("cannot find a free port", errno: errno) }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }
}
