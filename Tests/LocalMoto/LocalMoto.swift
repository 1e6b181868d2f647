public import AWSClient
import Failures
import Foundation
import HostSystem
import LocalS3
import SystemPackage

/// A moto server for tests: EC2, the EBS direct API, SSM and STS as far as it has them, over HTTP on a loopback port of its
/// own. It keeps all in memory, takes any key, and gives every region its own images.
public final class LocalMoto: Sendable {
    /// Whether `moto_server` and `aws` are there.
    public static let isInstalled = HostCommand.locate("moto_server") != nil && HostCommand.locate("aws") != nil

    /// One server for all tests of a process, started by the first that asks.
    public static func shared() async throws -> LocalMoto { try await sharedStart.value }

    private static let sharedStart = Task { try await LocalMoto.start() }

    /// The one that moto says every key belongs to.
    public static let account = "123456789012"

    public let port: Int
    private let server: LeashedServer

    public var endpoint: String { "http://127.0.0.1:\(port)" }

    private init(port: Int, server: LeashedServer) {
        self.port = port
        self.server = server
    }

    public func stop() { server.stop() }

    /// Starts a server and waits, at most a minute and a half, until it answers.
    ///
    /// - Parameter roles: by their names, those whose keys another server knows, which wants no session token with them.
    public static func start(roles: [String: (key: String, secret: Secret)] = [:]) async throws -> LocalMoto {
        let folder = FilePath("/tmp/kiln-moto-\(getpid())-\(UInt32.random(in: 0 ..< .max))")
        try Folders.create(folder)
        let port = try LeashedServer.freePorts(1)[0]
        // The Python that has moto, with what it lacks beside this file.
        let python = FilePath(HostCommand.locate("moto_server") ?? "/").removingLastComponent().appending("python3")
        let script = FilePath(#filePath).removingLastComponent().appending("server.py")
        let keys = try JSONEncoder().encode(roles.mapValues { [$0.key, $0.secret.reveal()] })
        let server = LocalMoto(
            port: port,
            server: try LeashedServer(
                python.string, [script.string, "-H", "127.0.0.1", "-p", "\(port)"], folder: folder,
                environment: ["KILN_ROLE_KEYS": String(decoding: keys, as: UTF8.self)]))
        let end = ContinuousClock.now + .seconds(90)
        while true {
            do {
                _ = try await AWSSession.with(server.settings(), retry: RetryPolicy(attempts: 1)) { aws in
                    try await aws.sts().callerIdentity()
                }
                return server
            } catch {
                guard ContinuousClock.now < end else {
                    let log = (try? Folders.read(folder.appending("log"))) ?? []
                    throw HostFailure(
                        .timedOut, "moto did not start: \(String(decoding: log.suffix(2000), as: UTF8.self))")
                }
                try await Task.sleep(for: .milliseconds(300))
            }
        }
    }

    /// What the AWS CLI, boto3 and Kiln take from the environment.
    public var environment: [String: String] { environment(endpoint: endpoint) }

    /// - Parameter endpoint: another way to the same server, such as a proxy.
    public func environment(endpoint: String) -> [String: String] {
        [
            "AWS_ACCESS_KEY_ID": "AKIAKILNTESTS", "AWS_SECRET_ACCESS_KEY": "kiln-tests", "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1", "AWS_ENDPOINT_URL": endpoint, "AWS_CONFIG_FILE": "/nonexistent",
            "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent", "HOME": "/nonexistent",
        ]
    }

    /// - Parameter endpoint: another way to the same server, such as a proxy.
    public func settings(endpoint: String? = nil) throws -> AWSSettings {
        try AWSSettings(environment: environment(endpoint: endpoint ?? self.endpoint))
    }

    /// Runs the AWS CLI, a client that is not ours, and gives what it prints.
    @discardableResult
    public func aws(_ arguments: String..., region: String = "eu-central-1") async throws -> String {
        try await HostCommand(
            "aws", arguments + ["--region", region, "--output", "json"], environment: environment,
            limit: .seconds(120)
        ).run()
    }
}
