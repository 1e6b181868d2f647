import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Builds

/// Components whose layers are kept, by builds one after the other in one home, on real guests.
@Suite(.serialized, .enabled(if: CommandHome.isThere)) struct LayerTests {
    private static func template(third: String = "echo three >> /root/third") -> TestTemplate {
        TestTemplate(components: [
            ("First", [.init(name: "Mark", script: "echo one >> /root/first")]),
            ("Second", [.init(name: "Mark", script: "cat /root/first > /root/second")]),
            (
                "Third",
                [
                    .init(name: "Mark", script: third),
                    .init(
                        phase: "test", name: "Once",
                        script: "[ $(wc -l < /root/first) = 1 ] && [ $(wc -l < /root/third) -ge 1 ]"),
                ]
            ),
        ])
    }

    @Test(
        "A build takes what has not changed, all of it or the first part, and nothing that is damaged",
        .timeLimit(.minutes(25)))
    func kept() async throws {
        try await withCommandHome { home in
            try home.write("kiln.yaml", TestTemplate.settings)
            try home.write("t.yaml", Self.template().text)
            let first = try await build(
                home, ran: ["First", "Second", "Third"], says: ["First runs: it has not been built here"])
            try await unchanged(home, first)
            try home.write("t.yaml", Self.template(third: "echo 3 >> /root/third").text)
            try await build(home, ran: ["Third"], says: ["Second is kept", "Third runs: its document has changed"])
            try await damaged(home)
            try await build(
                home, "--from", "Second", ran: ["Second", "Third"],
                says: ["First is kept", "Second runs: --from Second"])
            try home.write("kiln.yaml", TestTemplate.settings + "\ncache:\n  components: {First: never}\n")
            try await build(
                home, ran: ["First", "Second", "Third"], says: ["First runs: the settings say that it is never kept"])
            let ended = try await home.kiln(["build", "t.yaml", "--from", "Fourth"]).end()
            #expect(ended.status == 65 && ended.output.contains("no component 'Fourth'"), "\(ended.output)")
        }
    }

    @discardableResult
    private func build(
        _ home: CommandHome, _ arguments: String..., ran: [String], says: [String],
        location: SourceLocation = #_sourceLocation
    ) async throws -> BuildRecord {
        let kiln = try home.kiln(["build", "t.yaml", "--explain"] + arguments)
        let ended = try await kiln.end()
        #expect(ended.status == 0, "\(ended.output)", sourceLocation: location)
        let found = ["First", "Second", "Third"].filter { ended.output.contains("\($0) › build") }
        #expect(found == ran, "\(ended.output)", sourceLocation: location)
        for text in says { #expect(ended.output.contains(text), "\(ended.output)", sourceLocation: location) }
        try home.expectNothingLeft(of: kiln, location: location)
        return try #require(home.build)
    }

    /// No guest, no appliance, the same image.
    private func unchanged(_ home: CommandHome, _ first: BuildRecord) async throws {
        let kiln = try home.kiln(["build", "t.yaml"])
        let ended = try await kiln.end()
        #expect(ended.status == 0)
        #expect(ended.output.contains("nothing has changed since \(first.id)"), "\(ended.output)")
        #expect(!ended.output.contains("booting"), "\(ended.output)")
        #expect(home.build?.image == first.image && home.build?.id != first.id)
        try home.expectNothingLeft(of: kiln)
    }

    /// A byte of the second layer is another, its length and time as they were.
    private func damaged(_ home: CommandHome) async throws {
        let build = try #require(home.build)
        let disk = FilePath(build.layers[1].overlay)
        let times = home.root.appending("times")
        try await HostCommand("touch", ["-r", disk.string, times.string]).run()
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: disk.string))
        try file.seek(toOffset: 200_000)
        try file.write(contentsOf: Data([0xA5, 0x5A]))
        try file.close()
        try await HostCommand("touch", ["-r", times.string, disk.string]).run()
        // Another image than the last one: nothing is unchanged.
        try home.write("t.yaml", Self.template(third: "echo drei >> /root/third").text)
        try await self.build(
            home, ran: ["Second", "Third"], says: ["First is kept", "Second runs: what was kept of it is damaged"])
    }
}
