import Foundation
import HostSystem
import Store
import SystemPackage
import Testing

@testable import Builds

/// Components whose layers are kept, by builds one after the other in one home, on real guests. What is taken and what is not is
/// tested without guests, by `LayerSessionTests`.
@Suite(.serialized, .enabled(if: CommandHome.isThere)) struct LayerTests {
    private static func template(third: String, tests: Bool = false) -> TestTemplate {
        TestTemplate(
            components: [
                ("First", [.init(name: "Mark", script: "echo one >> /root/first")]),
                ("Second", [.init(name: "Mark", script: "cat /root/first > /root/second && echo here > /run/live")]),
                (
                    "Third",
                    [
                        .init(name: "Mark", script: third),
                        .init(
                            phase: "test", name: "Once",
                            script: "[ $(wc -l < /root/first) = 1 ] && [ $(wc -l < /root/third) = 1 ]"),
                    ]
                ),
            ], tests: tests)
    }

    @Test(
        "A build takes what has not changed, all of it or the first part, and nothing that is damaged",
        .timeLimit(.minutes(25)))
    func kept() async throws {
        try await withCommandHome { home in
            try home.write("kiln.yaml", TestTemplate.settings)
            try home.write("t.yaml", Self.template(third: "exit 3").text)
            try await build(
                home, status: 1, ran: ["First", "Second", "Third"], says: ["First runs: it has not been built here"])
            let used = try Folders.allocated(FilePath(try #require(home.build).layers[1].overlay))
            #expect(used < 64 << 20)
            // The guest that the second component ran in was kept: not even the first edit boots, and nothing of it is lost.
            let edited = "[ -s /run/live ] && echo 3 >> /root/third"
            try home.write("t.yaml", Self.template(third: edited, tests: true).text)
            let good = try await build(
                home, ran: ["Third"], says: ["Second is kept", "Third runs: ", "a guest that has booted"])
            try await unchanged(home, good)
            try damage(try #require(home.build).layers[1])
            try home.write("t.yaml", Self.template(third: "echo 3 > /root/third").text)
            try await build(
                home, ran: ["Second", "Third"], says: ["First is kept", "Second runs: what was kept of it is damaged"])
            try await stored(home, good)
        }
    }

    /// Each of them is an image of the store, whatever was edited without a new version; what its disk loses, it loses.
    private func stored(_ home: CommandHome, _ second: BuildRecord) async throws {
        let states = try await home.storedBuilds().mapValues(\.state.rawValue)
        #expect(
            states == [
                "recipe/1.0.0/1": "FAILED", "recipe/1.0.0/2": "AVAILABLE", "recipe/1.0.0/3": "AVAILABLE",
                "recipe/1.0.0/4": "AVAILABLE",
            ])
        // Two of them may have begun in the same second, which is all that records tell.
        let digest = try #require(BuildFolder.all(home: home.home).compactMap(\.image).first { $0 != second.image })
        let removal = try await home.kiln(["image", "rm", String(digest.prefix(16))]).end()
        #expect(removal.status == 0, "\(removal.output)")
        let left = try await home.storedBuilds().mapValues(\.state.rawValue)
        #expect(left == states.merging(["recipe/1.0.0/4": "DELETED"]) { $1 })
    }

    @discardableResult
    private func build(
        _ home: CommandHome, status: Int32 = 0, ran: [String], says: [String],
        location: SourceLocation = #_sourceLocation
    ) async throws -> BuildRecord {
        let kiln = try home.kiln(["build", "t.yaml", "--explain"])
        let ended = try await kiln.end()
        #expect(ended.status == status, "\(ended.output)", sourceLocation: location)
        let found = ["First", "Second", "Third"].filter { ended.output.contains("\($0) › build") }
        #expect(found == ran, "\(ended.output)", sourceLocation: location)
        for text in says { #expect(ended.output.contains(text), "\(ended.output)", sourceLocation: location) }
        try home.expectNothingLeft(of: kiln, location: location)
        return try #require(home.build)
    }

    /// No guest, no appliance, the same image.
    private func unchanged(_ home: CommandHome, _ first: BuildRecord) async throws {
        let kiln = try home.kiln(["build", "t.yaml", "--explain"])
        let ended = try await kiln.end()
        #expect(ended.status == 0)
        #expect(ended.output.contains("nothing has changed since \(first.id)"), "\(ended.output)")
        #expect(ended.output.contains("Third does not run"), "\(ended.output)")
        #expect(!ended.output.contains("booting"), "\(ended.output)")
        #expect(home.build?.image == first.image && home.build?.id != first.id)
        try home.expectNothingLeft(of: kiln)
        // One image, which goes by its name although two builds have it.
        let images = try await home.kiln(["image", "ls", "--json"], results: "images").end()
        #expect(images.status == 0)
        let list = String(decoding: try Folders.read(home.work.appending("images")), as: UTF8.self)
        #expect(list.components(separatedBy: first.image ?? "-").count == 3, "\(list)")
    }

    /// Bytes of the layer are others, its length and time as they were.
    private func damage(_ layer: BuildRecord.Layer) throws {
        let url = URL(fileURLWithPath: layer.overlay)
        let time = try FileManager.default.attributesOfItem(atPath: layer.overlay)[.modificationDate]
        let file = try FileHandle(forUpdating: url)
        try file.seek(toOffset: 200_000)
        try file.write(contentsOf: Data([0xA5, 0x5A]))
        try file.close()
        try FileManager.default.setAttributes([.modificationDate: time as Any], ofItemAtPath: layer.overlay)
    }
}
