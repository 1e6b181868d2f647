import Disks
import Failures
import Foundation
import HostSystem
import Store
import SystemPackage
import Testing

@testable import Builds
@testable import KilnCommands

@Suite("An image that is removed with its disk") struct ImageRemovalTests {
    private struct Place {
        let store: KilnStore
        let home: KilnHome

        var removal: ImageRemoval { ImageRemoval(store: store, home: home) }

        func folder(_ digest: String) -> FilePath { home.images.appending("sha256-\(digest)") }

        func hasDisk(_ digest: String) -> Bool { Folders.exists(folder(digest)) }

        /// A disk of a build of its own, as it lies on this machine.
        func disk(_ digest: String, build id: String) throws {
            try Folders.create(folder(digest))
            try DurableFile.write([1, 2, 3], to: folder(digest).appending("disk.qcow2"))
            let build = BuildFolder(home: home, id: id)
            try Folders.create(build.path)
            var record = BuildRecord(
                id: id, state: .available, recipe: "web", version: "1.0.0", plan: "p", started: Date())
            record.image = digest
            try build.save(record)
        }

        func image(_ digest: String, build id: String, state: Store.ImageState = .available) async throws -> String {
            let document = try JSONSerialization.data(withJSONObject: ["kiln": ["build": id, "image": digest]])
            return try await store.create(
                NewResource(
                    .image, name: "web", version: ResourceVersion(1, 0, 0), document: document, state: state.rawValue)
            ).arn
        }
    }

    private func withPlace(_ body: (Place) async throws -> Void) async throws {
        let folder = FilePath("/tmp/kiln-removal-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let home = KilnHome(data: folder, cache: folder.appending("cache"))
        try await KilnStore.using(home.database, account: Account()) { store in
            try await body(Place(store: store, home: home))
        }
    }

    private let one = String(repeating: "a1", count: 32)
    private let other = String(repeating: "b2", count: 32)

    @Test("A disk goes with the last image that has it, and the rest of its home stays")
    func shared() async throws {
        try await withPlace { place in
            try place.disk(one, build: "b-1")
            try place.disk(other, build: "b-2")
            let first = try await place.image(one, build: "b-1")
            let second = try await place.image(one, build: "b-1")
            #expect(try await place.removal.remove(first) == .init(digest: nil, sharedWith: [second]))
            #expect(place.hasDisk(one))
            #expect(try await place.store.resource(first) == nil)
            #expect(try await place.removal.remove(second) == .init(digest: one))
            #expect(!place.hasDisk(one) && place.hasDisk(other))
            #expect(try await place.store.resource(second) == nil)
        }
    }

    @Test("It can stay in state DELETED, and what was cut off before that is finished by doing it again")
    func marked() async throws {
        try await withPlace { place in
            try place.disk(one, build: "b-1")
            let image = try await place.image(one, build: "b-1")
            // The disk is gone, the record is not.
            _ = try await ImageLibrary(home: place.home).remove("sha256:\(one)")
            for _ in 0..<2 {
                #expect(try await place.removal.remove(image, leaving: .marked(reason: "old")) == .init())
                let left = try #require(await place.store.resource(image))
                #expect(left.state == "DELETED" && left.stateReason == "old")
            }
            // One that is DELETED has no disk any more that others would have to wait for.
            try place.disk(one, build: "b-3")
            let again = try await place.image(one, build: "b-3")
            #expect(try await place.removal.remove(again) == .init(digest: one))
        }
    }

    @Test("Nothing is changed where resources refer to it, other images lie on its disk, or it is being made")
    func refused() async throws {
        try await withPlace { place in
            try place.disk(one, build: "b-1")
            try place.disk(other, build: "b-2")
            let image = try await place.image(one, build: "b-1")
            let recipe = try await place.store.create(
                NewResource(
                    .imageRecipe, name: "child", version: ResourceVersion(1, 0, 0), document: Data("{}".utf8),
                    references: [image])
            ).arn
            let used = await #expect(throws: StoreFailure.self) { try await place.removal.remove(image) }
            #expect(used?.code == .inUse(by: [recipe]) && place.hasDisk(one))
            try await place.store.delete(recipe)

            let disk = place.folder(one).appending("disk.qcow2")
            let base = ImageBase.file(of: place.folder(other).appending("disk.qcow2"))
            try JSONRecord.write(ImageBase(disk: disk.string, digest: one), to: base)
            let below = await #expect(throws: DiskFailure.self) { try await place.removal.remove(image) }
            #expect(below?.code == .inUse && place.hasDisk(one))
            #expect(try await place.store.resource(image)?.state == "AVAILABLE")

            for record in [ImageRemoval.Record.removed, .marked(reason: nil)] {
                let making = try await place.image(other, build: "b-2", state: .building)
                let failure = await #expect(throws: StoreFailure.self) {
                    try await place.removal.remove(making, leaving: record)
                }
                #expect(failure?.code == .invalidState("BUILDING") && place.hasDisk(other))
            }
            let gone = await #expect(throws: StoreFailure.self) { try await place.removal.remove(image + "0") }
            #expect(gone?.code == .notFound)
        }
    }
}
