import Foundation
import HostSystem
import SystemPackage
import Testing

@Suite("Clients that nobody here wrote") struct ClientTests {
    /// Beside the test bundle.
    static let kiln = FilePath(
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/"
    ).removingLastComponent().appending("kiln")

    /// One server and one Python for all of it: starting them costs more than what they do.
    @Test(
        "boto3 and the AWS CLI work against kiln serve: the lab, lists, refusals, every operation, keys, fifty at once",
        .enabled(if: FileManager.default.isExecutableFile(atPath: LocalTools.python)))
    func clients() async throws { try await run("clients.py") }

    @Test(
        "boto3 sees lifecycles carried out: policies, state updates, and a deletion over a server that is killed",
        .enabled(if: FileManager.default.isExecutableFile(atPath: LocalTools.python)))
    func lifecycles() async throws { try await run("lifecycles.py") }

    private func run(_ name: String) async throws {
        let folder = FilePath("/tmp/kiln-api-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let script = LocalTools.sources.appending("Tests/APIClients/\(name)")
        let done = try await HostCommand(
            LocalTools.python, [script.string, Self.kiln.string, folder.string], limit: .seconds(600)
        ).output()
        #expect(done.status == 0, "\(done.standardOutput)\n\(done.standardError)")
        #expect(done.standardOutput.hasSuffix("ok: end\n"))
    }
}
