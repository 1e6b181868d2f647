import Disks
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Builds
@testable import Disks

/// What people are shown of kept layers, on real overlays.
@Suite struct LayerCacheTests {
    private struct Kept {
        let cache: LayerCache
        let lower: String
        let upper: String
    }

    private func withLayers(_ body: (Kept) async throws -> Void) async throws {
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        defer { try? Folders.remove(folder) }
        try Folders.create(folder)
        let store = LayerStore(home: KilnHome(data: folder, cache: folder.appending("cache")))
        let parent = folder.appending("parent.qcow2")
        _ = try await HostCommand("qemu-img", ["create", "-q", "-f", "qcow2", parent.string, "1M"]).run()
        let digest = try FileDigest.sha256(parent).digest
        let lower = try await keep(store, "lower", on: ("parent:p", parent, digest))
        let upper = try await keep(
            store, "upper", on: (lower.key, store.place(lower.key).disk, lower.digest), recipe: "other")
        try await body(Kept(cache: LayerCache(home: store.home), lower: lower.key, upper: upper.key))
    }

    private func keep(
        _ store: LayerStore, _ name: String, on below: (key: String, disk: FilePath, digest: String),
        recipe: String = "web"
    ) async throws -> LayerRecord {
        let ingredients = LayerIngredients(below: below.key, document: name, parameters: [:], settings: [:])
        let draft = try #require(try await store.draft(ingredients.key))
        let overlay = store.home.data.appending("overlay")
        try await QemuImage.createOverlay(overlay, on: below.disk)
        return try await store.adopt(
            overlay, as: draft,
            LayerRecord(
                ingredients: ingredients, recipe: recipe, component: name, version: "1.0.0", created: Date(),
                digest: "", below: below.digest, inputs: [], seconds: 1))
    }

    private func damage(_ file: FilePath) throws {
        var bytes = try Folders.read(file)
        bytes[bytes.count - 1] ^= 1
        try DurableFile.write(bytes, to: file)
    }

    @Test("What there is is shown with what it lies on, and whether somebody uses it")
    func entries() async throws {
        try await withLayers { kept in
            let held = try await kept.cache.store.hold(kept.upper)
            let entries = try kept.cache.entries()
            #expect(Set(entries.map(\.component)) == ["lower", "upper"])
            let upper = try #require(entries.first { $0.key == kept.upper })
            #expect(upper.kind == .component && upper.recipe == "other" && upper.version == "1.0.0")
            #expect(upper.below == kept.lower && upper.diskBytes > 0 && upper.memoryBytes == 0 && upper.isUsed)
            let lower = try #require(entries.first { $0.key == kept.lower })
            #expect(lower.below == "parent:p" && !lower.isUsed)
            withExtendedLifetime(held) {}
        }
    }

    @Test("A layer goes with what lies on it; one that is used stays, and is named")
    func removal() async throws {
        try await withLayers { kept in
            let entries = try kept.cache.entries()
            let lower = entries.filter { $0.key == kept.lower }
            do {
                let held = try await kept.cache.store.hold(kept.upper)
                let (gone, used) = try await kept.cache.remove(lower)
                #expect(gone.isEmpty && used.map(\.key) == [kept.lower])
                withExtendedLifetime(held) {}
            }
            let (gone, used) = try await kept.cache.remove(lower)
            #expect(Set(gone.map(\.key)) == [kept.lower, kept.upper] && used.isEmpty)
            #expect(try kept.cache.entries().isEmpty)
        }
    }

    @Test("What is damaged is found and named, and goes where that is asked for")
    func verify() async throws {
        try await withLayers { kept in
            #expect(try await kept.cache.verify(drops: false) { _, _ in } == [])
            try damage(kept.cache.store.place(kept.upper).disk)
            let found = try await kept.cache.verify(drops: false) { _, _ in }
            #expect(found.map(\.what) == ["its disk is not what was kept"] && found.map(\.isDropped) == [false])
            #expect(try kept.cache.entries().count == 2)
            let dropped = try await kept.cache.verify(drops: true) { _, _ in }
            #expect(dropped.map(\.component) == ["upper"] && dropped.map(\.isDropped) == [true])
            #expect(try kept.cache.entries().map(\.key) == [kept.lower])
            try damage(kept.cache.store.home.data.appending("parent.qcow2"))
            #expect(
                try await kept.cache.verify(drops: true) { _, _ in }.map(\.what)
                    == ["the parent that it lies on is not what it was"])
        }
    }

    @Test("A record that cannot be read is shown, and the sweep says that it drops it")
    func unreadable() async throws {
        try await withLayers { kept in
            try DurableFile.write(Array("{".utf8), to: kept.cache.store.place(kept.upper).record)
            #expect(try kept.cache.entries().first { $0.key == kept.upper }?.kind == .unreadable)
            #expect(try await kept.cache.verify(drops: false) { _, _ in }.map(\.what) == ["its record cannot be read"])
            let notes = try await kept.cache.store.sweep()
            #expect(notes.count == 1 && notes[0].contains(kept.upper))
            #expect(try kept.cache.entries().map(\.key) == [kept.lower])
        }
    }
}
