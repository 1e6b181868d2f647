public import AWSClient
import AsyncHTTPClient
import Glibc
import HostSystem
public import LocalMoto
public import LocalS3
import NIOCore
import NIOHTTP1
import NIOPosix
import SystemPackage

/// Moto with what it lacks: ImportSnapshot, ImportImage, the two operations that describe them and CancelImportTask. All
/// else goes to moto as it came.
///
/// A task reads its object from S3, looks at it with qemu-img as EC2 would, and makes a snapshot of it in moto through the
/// EBS direct API, so that what is made of the snapshot is real.
///
///     try await LocalImports.with(moto: .shared(), s3: .shared()) { imports in
///         try await AWSSession.with(imports.settings()) { aws in … }
///     }
public final class LocalImports: Sendable {
    /// Whether qemu-img, and what moto and SeaweedFS need, are there.
    public static let isInstalled =
        LocalMoto.isInstalled && LocalS3.isInstalled && HostCommand.locate("qemu-img") != nil

    public let port: Int
    private let moto: LocalMoto

    public var endpoint: String { "http://127.0.0.1:\(port)" }

    private init(port: Int, moto: LocalMoto) {
        self.port = port
        self.moto = moto
    }

    /// Runs `body` with a server of its own; its tasks end with it.
    public static func with<Value>(
        moto: LocalMoto, s3: LocalS3, behaviour: Behaviour = Behaviour(), _ body: (LocalImports) async throws -> Value
    ) async throws -> Value {
        let folder = FilePath("/tmp/kiln-imports-\(getpid())-\(UInt32.random(in: 0 ..< .max))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let group = MultiThreadedEventLoopGroup.singleton
        let tasks = ImportTasks(
            behaviour, ImportWork(moto: try moto.settings(), s3: try s3.settings(), folder: folder, behaviour))
        let client = HTTPClient(
            eventLoopGroup: group,
            configuration: .init(redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10))))
        let gate = ImportGate(tasks: tasks, relay: MotoRelay(client: client, endpoint: moto.endpoint))
        let result: Result<Value, any Error>
        do {
            let channel = try await ServerBootstrap(group: group)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                        try channel.pipeline.syncOperations.addHandler(WholeRequests(gate))
                    }
                }
                .bind(host: "127.0.0.1", port: 0).get()
            do {
                result = .success(try await body(LocalImports(port: channel.localAddress?.port ?? 0, moto: moto)))
            } catch {
                result = .failure(error)
            }
            try? await channel.close()
        } catch {
            result = .failure(error)
        }
        await tasks.end()
        try? await client.shutdown()
        return try result.get()
    }

    /// What the AWS CLI, boto3 and Kiln take from the environment.
    public var environment: [String: String] { moto.environment(endpoint: endpoint) }

    public func settings() throws -> AWSSettings { try moto.settings(endpoint: endpoint) }
}
