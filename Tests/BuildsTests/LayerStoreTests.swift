import Disks
import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Builds
@testable import Guests

/// The store of finished components, on files that stand for overlays.
@Suite struct LayerStoreTests {
    private func withStore(_ body: (LayerStore) async throws -> Void) async throws {
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        defer { try? Folders.remove(folder) }
        try await body(LayerStore(home: KilnHome(data: folder, cache: folder.appending("cache"))))
    }

    private func ingredients(_ document: String, on below: String = "parent:p") -> LayerIngredients {
        LayerIngredients(below: below, document: document, parameters: [:], settings: ["cpus": "2"])
    }

    /// Keeps a layer of so many bytes.
    @discardableResult
    private func keep(
        _ store: LayerStore, _ document: String, on below: String = "parent:p", boot: String? = nil, bytes: Int = 10,
        used: Int = 0
    ) async throws -> String {
        let ingredients = ingredients(document, on: below)
        let draft = try #require(try await store.draft(ingredients.key))
        let overlay = store.home.data.appending("overlay")
        try DurableFile.write(Array(repeating: UInt8(1), count: bytes), to: overlay)
        _ = try await store.adopt(
            overlay, as: draft,
            LayerRecord(
                ingredients: ingredients, recipe: "r", component: document, version: "1", created: Date(),
                digest: "", below: "p", boot: boot, inputs: [], seconds: 1))
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: Double(used))],
            ofItemAtPath: store.place(ingredients.key).used.string)
        return ingredients.key
    }

    /// Keeps a boot whose RAM and disk have so many bytes each.
    private func keepBoot(
        _ store: LayerStore, on below: String = "parent:p", bytes: Int = 10, used: Int = 0
    ) async throws -> String {
        let key = try await keep(store, "boot", on: below, bytes: bytes, used: used)
        let place = store.place(key)
        try DurableFile.write(Array(repeating: UInt8(2), count: bytes), to: place.memory)
        var record = try #require(store.record(key))
        record.booted = KeptBoot(
            wanted: "w",
            snapshot: GuestSnapshot(
                memory: "", disk: "", name: "kiln-b-1-build",
                identity: GuestIdentity(uuid: "u", mac: "m", generation: "g"), bootID: "b"),
            memoryDigest: try FileDigest.sha256(place.memory).digest)
        try JSONRecord.write(record, to: place.record)
        return key
    }

    private func kept(_ store: LayerStore) throws -> [String] { try store.all().map(\.component).sorted() }

    @Test("A kept layer is found by its ingredients, with the digest of its file")
    func found() async throws {
        try await withStore { store in
            let key = try await keep(store, "a")
            let (record, lock) = try #require(try await store.hold(key))
            #expect(record.component == "a")
            #expect(record.digest == (try FileDigest.sha256(store.place(key).disk).digest))
            #expect(try await store.hold(ingredients("b").key) == nil)
            // Two builds use one layer; nobody can make or drop it meanwhile.
            #expect(try await store.hold(key) != nil)
            #expect(try await store.draft(key) == nil)
            #expect(try await store.drop(key) == false)
            withExtendedLifetime(lock) {}
        }
    }

    @Test("What takes a layer's place takes that of what lies on it, but not while somebody uses that")
    func replaced() async throws {
        try await withStore { store in
            let lower = try await keep(store, "lower")
            let upper = try await keep(store, "upper", on: lower)
            try await keep(store, "top", on: upper)
            try await keep(store, "other")
            do {
                let used = try await store.hold(upper)
                #expect(try await store.draft(lower) == nil)
                #expect(try kept(store) == ["lower", "other", "top", "upper"])
                withExtendedLifetime(used) {}
            }
            #expect(try await store.draft(lower) != nil)
            #expect(try kept(store) == ["other"])
        }
    }

    @Test("One build at a time makes a layer")
    func drafts() async throws {
        try await withStore { store in
            let key = ingredients("a").key
            let first = try await store.draft(key)
            #expect(first != nil)
            #expect(try await store.draft(key) == nil)
            withExtendedLifetime(first) {}
        }
    }

    @Test("What was used the longest ago goes first, from the top of a chain, and nothing that is used")
    func room() async throws {
        try await withStore { store in
            let old = try await keep(store, "old", bytes: 40_000, used: 10)
            try await keep(store, "on old", on: old, bytes: 40_000, used: 20)
            let middle = try await keep(store, "middle", bytes: 40_000, used: 15)
            try await keep(store, "new", bytes: 40_000, used: 30)
            #expect(try await store.fit(limit: 1 << 20, free: 0) == 0)
            do {
                let used = try await store.hold(middle)
                let freed = try await store.fit(limit: 130_000, free: 0)
                #expect((40_000...50_000).contains(freed))
                #expect(try kept(store) == ["middle", "new", "old"])
                withExtendedLifetime(used) {}
            }
            _ = try await store.fit(limit: 0, free: 0)
            #expect(try kept(store) == [])
        }
    }

    @Test("A sweep takes what was never finished and what lies on nothing")
    func sweep() async throws {
        try await withStore { store in
            let lower = try await keep(store, "lower")
            let upper = try await keep(store, "upper", on: lower)
            try await keep(store, "top", on: upper)
            let whole = try await keep(store, "whole")
            do { _ = try await store.draft(ingredients("cut off").key) }
            let making = try await store.draft(ingredients("in the making").key)
            try Folders.remove(store.place(lower).record)
            #expect(try await store.sweep() == [])
            #expect(try kept(store) == ["whole"])
            #expect(try store.names().sorted() == [ingredients("in the making").key, whole].sorted())
            withExtendedLifetime(making) {}
        }
    }

    @Test("The layers on an image that goes are dropped with it")
    func parent() async throws {
        try await withStore { store in
            let lower = try await keep(store, "lower")
            try await keep(store, "upper", on: lower)
            try await keep(store, "elsewhere", on: "parent:q")
            #expect(try await store.drop(on: "p"))
            #expect(try kept(store) == ["elsewhere"])
        }
    }

    @Test("The RAM of a boot goes before its disk, and the disk after what lies on it")
    func boots() async throws {
        try await withStore { store in
            let boot = try await keepBoot(store, bytes: 40_000, used: 10)
            try await keep(store, "on boot", boot: boot, bytes: 40_000, used: 20)
            try await keep(store, "new", bytes: 40_000, used: 30)
            do {
                let used = try await store.hold(boot)
                #expect(try await store.fit(limit: 170_000, free: 0) == 0)
                withExtendedLifetime(used) {}
            }
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 10)], ofItemAtPath: store.place(boot).used.string)
            #expect(try await store.fit(limit: 150_000, free: 0) > 0)
            #expect(try kept(store) == ["boot", "new", "on boot"])
            #expect(store.record(boot)?.booted == nil && !Folders.exists(store.place(boot).memory))
            _ = try await store.fit(limit: 100_000, free: 0)
            #expect(try kept(store) == ["boot", "new"])
            _ = try await store.fit(limit: 60_000, free: 0)
            #expect(try kept(store) == ["new"])
        }
    }

    @Test("What lies on a boot goes with it, and a boot with what it lies on")
    func bootsInChains() async throws {
        try await withStore { store in
            let lower = try await keep(store, "lower")
            let boot = try await keepBoot(store, on: lower)
            let upper = try await keep(store, "upper", on: lower, boot: boot)
            try await keep(store, "beside", on: lower)
            #expect(try await store.drop(boot))
            #expect(try kept(store) == ["beside", "lower"])
            let other = try await keepBoot(store, on: lower)
            #expect(try await keep(store, "upper", on: lower, boot: other) == upper)
            try Folders.remove(store.place(other).record)
            #expect(try await store.sweep() == [])
            #expect(try kept(store) == ["beside", "lower"])
            _ = try await keepBoot(store, on: lower)
            #expect(try await store.drop(on: "p"))
            #expect(try kept(store) == [])
        }
    }

    @Test("The secret of a home is made once, for its user alone")
    func secret() async throws {
        try await withStore { store in
            let first = try await store.secret()
            #expect(try await store.secret() == first)
            #expect(first.count == 32)
            let attributes = try FileManager.default.attributesOfItem(
                atPath: store.home.layers.appending("secret").string)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test(
        "A layer is too old after its time, and when it is from the future",
        arguments: [(-10, 60, false), (-70, 60, true), (10, 60, true), (-1_000_000, nil, false)] as [(Int, Int?, Bool)])
    func age(created: Int, limit: Int?, isExpired: Bool) {
        let now = Date()
        let found = LayerRecord.isExpired(
            now.addingTimeInterval(Double(created)), after: limit.map { .seconds($0) }, now: now)
        #expect(found == isExpired)
    }

    @Test("What has changed is told by its name")
    func difference() {
        let first = LayerIngredients(
            below: "parent:p", document: "d", parameters: ["A": "1"], settings: ["cpus": "2"])
        func told(_ change: (inout LayerIngredients) -> Void) -> String? {
            var now = first
            change(&now)
            #expect(now.key != first.key || now == first)
            return now.difference(from: first)
        }
        #expect(told { _ in } == nil)
        #expect(told { $0.document = "e" } == "its document has changed")
        #expect(told { $0.parameters["B"] = "2" } == "its parameter B has changed")
        #expect(told { $0.settings["cpus"] = "4" } == "the setting cpus has changed")
        #expect(told { $0.below = "parent:q" } == "the parent has changed")
        #expect(told { $0.below = "k" } == "the parent has changed")
    }
}
