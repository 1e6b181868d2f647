import AWSClient
import Foundation
import HostSystem
import NIOCore
import NIOPosix
import SystemPackage
import Testing

/// SeaweedFS as S3 on the loopback, with one key and a bucket "files". Used where `weed` is in PATH, as `make test` puts it.
enum TestS3Server {
    static var isThere: Bool { HostCommand.locate("weed") != nil }

    static func with(_ body: (AWSSettings) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(
            path: "kiln-test-s3-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let configuration = """
            {"identities": [{"name": "k", "credentials": [{"accessKey": "AKIAKILN", "secretKey": "secretkiln"}],
              "actions": ["Admin", "Read", "Write", "List", "Tagging"]}]}
            """
        try configuration.write(to: folder.appending(path: "s3.json"), atomically: true, encoding: .utf8)
        let ports = try await freePorts(8)
        let server = Process()
        server.executableURL = URL(filePath: try #require(HostCommand.locate("weed")))
        server.arguments = [
            "server", "-dir=\(folder.path)", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.port=\(ports[0])",
            "-master.port.grpc=\(ports[1])", "-volume.port=\(ports[2])", "-volume.port.grpc=\(ports[3])",
            "-filer.port=\(ports[4])", "-filer.port.grpc=\(ports[5])", "-s3", "-s3.port=\(ports[6])",
            "-s3.port.grpc=\(ports[7])", "-s3.config=\(folder.path)/s3.json", "-s3.port.iceberg=0",
            "-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=50",
        ]
        server.standardOutput = FileHandle.nullDevice
        server.standardError = FileHandle.nullDevice
        try server.run()
        defer {
            server.terminate()
            server.waitUntilExit()
        }
        let endpoint = "http://127.0.0.1:\(ports[6])"
        let environment = [
            "AWS_ACCESS_KEY_ID": "AKIAKILN", "AWS_SECRET_ACCESS_KEY": "secretkiln", "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": endpoint, "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "",
        ]
        var made = false
        for _ in 0..<60 where !made {
            try await Task.sleep(for: .seconds(1))
            made =
                (try? await HostCommand(
                    "aws", ["s3", "mb", "s3://files"], environment: environment, limit: .seconds(60)
                ).run()) != nil
        }
        try #require(made, "the S3 server does not answer")
        try await body(try AWSSettings(environment: environment))
    }

    /// Ports that are free now; all are held until the last is found, so that they differ.
    private static func freePorts(_ count: Int) async throws -> [Int] {
        var channels: [any Channel] = []
        for _ in 0..<count {
            channels.append(
                try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
                    .bind(host: "127.0.0.1", port: 0).get())
        }
        let ports = channels.compactMap { $0.localAddress?.port }
        for channel in channels { try await channel.close() }
        return ports
    }
}
