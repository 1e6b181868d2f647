import Failures
import Foundation
import Glibc
import HostSystem
import SystemPackage

/// A connection to QEMU's machine protocol (qemu.readthedocs.io, "QEMU Machine Protocol Specification"): one JSON object
/// a line, and events between the answers.
struct QemuMonitor: ~Copyable {
    private let descriptor: Int32
    private var pending: [UInt8] = []
    private static let patience: Int32 = 30_000  // ms

    init(socket path: FilePath) throws(DiskFailure) {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = path.string.utf8.count < MemoryLayout.size(ofValue: address.sun_path)
        if fits { withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.string.utf8) } }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard fits, status == 0 else {
            throw DiskFailure(.guestfs, "cannot reach the appliance at \(path): \(String(cString: strerror(errno)))")
        }
        try run("qmp_capabilities", "{}")
    }

    deinit { close(descriptor) }

    /// - Parameter arguments: a JSON object.
    mutating func run(_ command: String, _ arguments: String) throws(DiskFailure) { _ = try ask(command, arguments) }

    /// - Returns: the answer, a JSON value.
    mutating func ask(_ command: String, _ arguments: String = "{}") throws(DiskFailure) -> Any {
        let line = Array("{\"execute\":\"\(command)\",\"arguments\":\(arguments)}\n".utf8)
        guard send(descriptor, line, line.count, Int32(MSG_NOSIGNAL)) == line.count else {
            throw DiskFailure(.guestfs, "the appliance takes no commands: \(String(cString: strerror(errno)))")
        }
        while true {
            let answer = try nextObject(patience: Self.patience)
            if let error = answer["error"] as? [String: Any] {
                throw DiskFailure(.guestfs, "the appliance refused \(command): \(error["desc"] ?? "no reason given")")
            }
            if let value = answer["return"] { return value }
        }
    }

    /// Returns when QEMU tells of that event; one that it told of while it answered is not seen.
    mutating func wait(for event: String, within limit: Duration) throws(DiskFailure) {
        let end = ContinuousClock.now + limit
        while true {
            let left = (end - ContinuousClock.now).seconds * 1000
            if try nextObject(patience: Int32(max(left, 1)))["event"] as? String == event { return }
        }
    }

    private mutating func nextObject(patience: Int32) throws(DiskFailure) -> [String: Any] {
        let line = try nextLine(patience: patience)
        guard let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] else {
            throw DiskFailure(.guestfs, "the appliance's QEMU answered with no JSON")
        }
        return object
    }

    private mutating func nextLine(patience: Int32) throws(DiskFailure) -> [UInt8] {
        while true {
            if let end = pending.firstIndex(of: 10) {
                defer { pending.removeSubrange(...end) }
                return Array(pending[..<end])
            }
            var ready = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            guard poll(&ready, 1, patience) > 0 else {
                throw DiskFailure(.timedOut, "the appliance's QEMU did not answer within \(patience / 1000) s")
            }
            var buffer = [UInt8](repeating: 0, count: 4096)
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { throw DiskFailure(.guestfs, "the appliance's QEMU has ended") }
            pending += buffer[..<count]
        }
    }
}
