import Foundation
import HostSystem
import LocalMoto
import LocalS3
import SystemPackage
import Testing

/// Builds that the API queues, really built: asked for by boto3, in guests.
@Suite(.serialized, .enabled(if: CommandHome.isThere)) struct ExecutionTests {
    private static let sources = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent()
    private static let python = sources.appending(".build/tools/bin/python").string

    @Test(
        "boto3 has an image built over a server that is killed, told of, logged and distributed; a worker is killed, a build retried and one cancelled",
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: python) && LocalMoto.isInstalled && LocalS3.isInstalled),
        .timeLimit(.minutes(20)))
    func executions() async throws {
        try await withCommandHome { home in
            try home.write("kiln.yaml", TestTemplate.settings)
            let script = Self.sources.appending("Tests/APIClients/executions.py")
            let aws = String(decoding: try JSONEncoder().encode(try await Self.cloud()), as: UTF8.self)
            let environment = home.variables(for: nil).merging(
                ["AWS_EC2_METADATA_DISABLED": "true", "KILN_TEST_AWS": aws]) { $1 }
            let done = try await HostCommand(
                Self.python, [script.string, KilnProcess.program.string], environment: environment,
                workingDirectory: home.work, limit: .seconds(900)
            ).output()
            #expect(done.status == 0, "\(done.standardOutput)\n\(done.standardError)")
            #expect(done.standardOutput.hasSuffix("ok: end\n"))
            try home.expectNothingLeft()
        }
    }

    /// What a server is to know of AWS: moto, which takes any key, and a server for S3.
    private static func cloud() async throws -> [String: String] {
        let (moto, s3) = (try await LocalMoto.shared(), try await LocalS3.shared())
        return s3.environment.merging([
            "AWS_ENDPOINT_URL": moto.endpoint, "AWS_ENDPOINT_URL_S3": s3.endpoint, "AWS_REGION": "eu-central-1",
            "AWS_DEFAULT_REGION": "eu-central-1",
        ]) { $1 }
    }
}
