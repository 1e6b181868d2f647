public import AWSClient
import Failures
import Foundation
import Glibc
import HostSystem
import Synchronization
import SystemPackage

/// A SeaweedFS server for tests and benchmarks: S3 for real, over HTTP on loopback, on ports of its own, with keys of its own.
///
/// It ends with the process that started it, in whatever way that ends: a shell between the two waits for the end of a pipe
/// that only this process holds open, then ends the server and removes its folder.
public final class LocalS3: Sendable {
    /// Whether `weed` and `aws` are there.
    public static let isInstalled = HostCommand.locate("weed") != nil && HostCommand.locate("aws") != nil

    /// One server for all tests of a process, started by the first that asks.
    public static func shared() async throws -> LocalS3 { try await sharedStart.value }

    private static let sharedStart = Task { try await LocalS3.start() }

    /// A bucket that is there.
    public static let bucket = "kiln-tests"

    public let port: Int
    public let accessKeyID: String
    public let secret: Secret
    private let folder: FilePath
    /// Closing it ends the server.
    private let leash: Mutex<Int32>

    public var endpoint: String { "http://127.0.0.1:\(port)" }

    private init(port: Int, accessKeyID: String, secret: Secret, folder: FilePath, leash: Int32) {
        self.port = port
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.folder = folder
        self.leash = Mutex(leash)
    }

    deinit { stop() }

    public func stop() {
        leash.withLock {
            if $0 >= 0 { close($0) }
            $0 = -1
        }
    }

    /// Starts a server and waits, at most a minute and a half, until it makes a bucket.
    public static func start() async throws -> LocalS3 {
        let folder = FilePath("/tmp/kiln-s3-\(getpid())-\(UInt32.random(in: 0 ..< .max))")
        try Folders.create(folder.appending("data"))
        let key = "key\(UInt32.random(in: 0 ..< .max))"
        let secret = Secret((0..<4).map { _ in String(UInt64.random(in: 0 ..< .max), radix: 36) }.joined())
        let identity = """
            {"identities": [{"name": "tests", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
              "credentials": [{"accessKey": "\(key)", "secretKey": "\(secret.reveal())"}]}]}
            """
        try DurableFile.write(Array(identity.utf8), to: folder.appending("s3.json"), permissions: 0o600)
        let ports = try freePorts(8)
        let leash = try launch(folder, ports)
        let server = LocalS3(port: ports[6], accessKeyID: key, secret: secret, folder: folder, leash: leash)
        let end = ContinuousClock.now + .seconds(90)
        while true {
            do {
                try await server.makeBucket(Self.bucket)
                return server
            } catch {
                guard ContinuousClock.now < end else {
                    let log = (try? Folders.read(folder.appending("log"))) ?? []
                    throw HostFailure(
                        .timedOut, "the S3 server did not start: \(String(decoding: log.suffix(2000), as: UTF8.self))")
                }
                try await Task.sleep(for: .milliseconds(300))
            }
        }
    }

    /// - Returns: the writing end of the pipe whose end is the server's.
    private static func launch(_ folder: FilePath, _ ports: [Int]) throws -> Int32 {
        let weed = HostCommand.locate("weed") ?? "weed"
        let options = [
            "-dir=\(folder)/data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.port=\(ports[0])",
            "-master.port.grpc=\(ports[1])", "-volume.port=\(ports[2])", "-volume.port.grpc=\(ports[3])",
            "-filer.port=\(ports[4])", "-filer.port.grpc=\(ports[5])", "-s3", "-s3.port=\(ports[6])",
            "-s3.port.grpc=\(ports[7])", "-s3.config=\(folder)/s3.json", "-s3.port.iceberg=0", "-s3.port.lance=0",
            // As S3 does: a bucket that is not there is an error.
            "-s3.autoCreateBucket=false",
            "-master.telemetry=false", "-volume.max=100", "-master.volumeSizeLimitMB=1024",
        ]
        // Asked to end, its parts wait for each other for ever at times; its data is not wanted any more.
        let script = """
            weed=$1 folder=$2; shift 2
            "$weed" server "$@" >"$folder/log" 2>&1 </dev/null & server=$!
            cat >/dev/null
            kill -9 "$server" 2>/dev/null; wait "$server"; rm -rf "$folder"
            """
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw HostFailure.systemCall("cannot make a pipe", errno: errno) }
        // Other children of this process must not hold the server's life in their hands.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script, "sh", weed, folder.string] + options
        process.standardInput = FileHandle(fileDescriptor: ends[0], closeOnDealloc: true)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return ends[1]
    }

    private static func freePorts(_ count: Int) throws -> [Int] {
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
