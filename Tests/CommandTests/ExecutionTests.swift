import Foundation
import HostSystem
import LocalMoto
import SystemPackage
import Testing

/// Builds that the API queues, really built: asked for by boto3, in guests.
@Suite(.serialized, .enabled(if: CommandHome.isThere)) struct ExecutionTests {
    private static let sources = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent()
    private static let python = sources.appending(".build/tools/bin/python").string

    @Test(
        "boto3 has an image built over a server that is killed, distributed, a worker killed, a build retried and one cancelled",
        .enabled(if: FileManager.default.isExecutableFile(atPath: python)), .timeLimit(.minutes(20)))
    func executions() async throws {
        try await withCommandHome { home in
            try home.write("kiln.yaml", TestTemplate.settings)
            let script = Self.sources.appending("Tests/APIClients/executions.py")
            let aws = LocalMoto.isInstalled ? try await LocalMoto.shared().environment : [:]
            let environment = home.variables(for: nil).merging(aws) { $1 }
                .merging(["AWS_EC2_METADATA_DISABLED": "true"]) { $1 }
            let done = try await HostCommand(
                Self.python, [script.string, KilnProcess.program.string], environment: environment,
                workingDirectory: home.work, limit: .seconds(900)
            ).output()
            #expect(done.status == 0, "\(done.standardOutput)\n\(done.standardError)")
            #expect(done.standardOutput.hasSuffix("ok: end\n"))
            try home.expectNothingLeft()
        }
    }
}
