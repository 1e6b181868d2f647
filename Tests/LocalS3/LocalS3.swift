public import AWSClient
import Failures
import Foundation
import Glibc
import HostSystem
import SystemPackage

/// A SeaweedFS server for tests and benchmarks: S3 for real, over HTTP on loopback, on ports of its own, with keys of its own.
public final class LocalS3: Sendable {
    /// Whether `weed` and `aws` are there.
    public static let isInstalled = HostCommand.locate("weed") != nil && HostCommand.locate("aws") != nil

    /// One server for all tests of a process, started by the first that asks.
    public static func shared() async throws -> LocalS3 { try await sharedStart.value }

    private static let sharedStart = Task { try await LocalS3.start() }

    /// A bucket that is there.
    public static let bucket = "kiln-tests"

    /// Another that is there, and the only one that `role` may use.
    public static let exports = "kiln-exports"

    public let port: Int
    /// A key for `exports` alone.
    public let role: (key: String, secret: Secret)
    public let accessKeyID: String
    public let secret: Secret
    private let server: LeashedServer

    public var endpoint: String { "http://127.0.0.1:\(port)" }

    private init(
        port: Int, accessKeyID: String, secret: Secret, role: (key: String, secret: Secret), server: LeashedServer
    ) {
        self.port = port
        self.role = role
        self.accessKeyID = accessKeyID
        self.secret = secret
        self.server = server
    }

    public func stop() { server.stop() }

    /// Starts a server and waits, at most a minute and a half, until it makes a bucket.
    public static func start() async throws -> LocalS3 {
        let folder = FilePath("/tmp/kiln-s3-\(getpid())-\(UInt32.random(in: 0 ..< .max))")
        try Folders.create(folder.appending("data"))
        let key = "key\(UInt32.random(in: 0 ..< .max))"
        let secrets = (0..<2).map { _ in
            Secret((0..<4).map { _ in String(UInt64.random(in: 0 ..< .max), radix: 36) }.joined())
        }
        let role = (key: "ASIA\(UInt32.random(in: 0 ..< .max))", secret: secrets[1])
        let identity = """
            {"identities": [{"name": "tests", "actions": ["Admin", "Read", "Write", "List", "Tagging"],
              "credentials": [{"accessKey": "\(key)", "secretKey": "\(secrets[0].reveal())"}]},
             {"name": "role", "actions": ["Read:\(exports)", "Write:\(exports)", "List:\(exports)"],
              "credentials": [{"accessKey": "\(role.key)", "secretKey": "\(secrets[1].reveal())"}]}]}
            """
        try DurableFile.write(Array(identity.utf8), to: folder.appending("s3.json"), permissions: 0o600)
        let ports = try LeashedServer.freePorts(8)
        let server = LocalS3(
            port: ports[6], accessKeyID: key, secret: secrets[0], role: role, server: try launch(folder, ports))
        let end = ContinuousClock.now + .seconds(90)
        while true {
            do {
                try await server.makeBucket(Self.bucket)
                try await server.makeBucket(Self.exports)
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

    private static func launch(_ folder: FilePath, _ ports: [Int]) throws -> LeashedServer {
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
        return try LeashedServer(weed, ["server"] + options, folder: folder)
    }
}
