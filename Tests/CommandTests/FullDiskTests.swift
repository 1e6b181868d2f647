import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Builds

/// A home on a file system that is full.
@Suite(.serialized, .enabled(if: CommandHome.isThere && getuid() == 0)) struct FullDiskTests {
    private static let template = TestTemplate(
        components: [
            (
                "Large",
                [
                    .init(
                        name: "Fill",
                        script: "tr '\\0' x < /dev/zero | head -c 800M > /root/large && sync && rm /root/large")
                ]
            )
        ], tests: false)

    @Test(
        "A build that has no room drops layers that nobody uses and goes on; where there are none, one error says so",
        .timeLimit(.minutes(15)))
    func layers() async throws {
        try await withCommandHome { home in
            try await withFileSystem(mebibytes: 1600, below: home) {
                try home.write("kiln.yaml", TestTemplate.settings)
                try home.write("t.yaml", Self.template.text)
                let store = LayerStore(home: home.home)
                let key = try await keep(store, mebibytes: 900)
                // What is in use stays, whatever happens.
                try await build(home, status: 69, says: "no space left on this machine") {
                    let used = try await store.hold(key)
                    try await $0.wait(forOutput: "no space left on this machine")
                    withExtendedLifetime(used) {}
                }
                #expect(store.record(key) != nil)
                // There is no room when the step begins, and then there is.
                try await build(home, status: 0, says: "dropped 900 MiB of layers that nobody uses") {
                    let used = try await store.hold(key)
                    try await $0.wait(forOutput: "Large › build › Fill")
                    withExtendedLifetime(used) {}
                }
                #expect(store.record(key) == nil)
            }
        }
    }

    private func build(
        _ home: CommandHome, status: Int32, says: String, _ meanwhile: (KilnProcess) async throws -> Void
    ) async throws {
        let kiln = try home.kiln(["build", "t.yaml", "--no-export", "--cold"])
        try await meanwhile(kiln)
        let ended = try await kiln.end()
        #expect(ended.status == status && ended.output.contains(says), "\(ended.output)")
        try home.expectNothingLeft(of: kiln)
    }

    /// A layer of another recipe, as large as that.
    private func keep(_ store: LayerStore, mebibytes: Int) async throws -> String {
        let ingredients = LayerIngredients(below: "parent:p", document: "d", parameters: [:], settings: [:])
        let draft = try #require(try await store.draft(ingredients.key))
        let overlay = store.home.layers.appending("overlay")
        try DurableFile.write([], to: overlay)
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: overlay.string))
        for _ in 0..<mebibytes { try file.write(contentsOf: Data(repeating: 7, count: 1 << 20)) }
        try file.close()
        _ = try await store.adopt(
            overlay, as: draft,
            LayerRecord(
                ingredients: ingredients, recipe: "other", component: "c", version: "1.0.0", created: Date(),
                digest: "",
                below: "p", inputs: [], seconds: 1))
        return ingredients.key
    }

    /// What the home keeps lies on a file system of its own; the rest stays where it is.
    private func withFileSystem(mebibytes: Int, below home: CommandHome, _ body: () async throws -> Void) async throws {
        let kept = home.root.appending("kept")
        try Folders.create(kept)
        try await HostCommand("mount", ["-t", "tmpfs", "-o", "size=\(mebibytes)m", "kiln-test", kept.string]).run()
        let outcome: Result<Void, any Error>
        do {
            for folder in [home.home.builds, home.home.layers, home.home.images] {
                guard let name = folder.lastComponent else { continue }
                try Folders.create(kept.appending(name))
                try FileManager.default.createSymbolicLink(
                    atPath: folder.string, withDestinationPath: kept.appending(name).string)
            }
            try await body()
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        _ = try await HostCommand("umount", [kept.string]).run()
        try outcome.get()
    }
}
