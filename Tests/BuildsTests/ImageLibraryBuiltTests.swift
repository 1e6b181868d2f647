import Disks
import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Builds

@Suite struct ImageLibraryBuiltTests {
    private let base = String(repeating: "a", count: 64)
    private let top = String(repeating: "b", count: 64)

    private func withLibrary(_ body: (ImageLibrary) async throws -> Void) async throws {
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        try await body(ImageLibrary(home: KilnHome(data: folder, cache: folder.appending("cache"))))
    }

    private func add(_ library: ImageLibrary, _ id: String, _ recipe: String, _ digest: String) throws {
        let folder = BuildFolder(home: library.home, id: id)
        try Folders.create(folder.path)
        try folder.save(
            BuildRecord(
                id: id, state: .available, recipe: recipe, version: "1.0.0", plan: "p", image: digest,
                started: Date(timeIntervalSince1970: 1)))
        try Folders.create(library.disk(digest).removingLastComponent())
        try DurableFile.write(Array("disk".utf8), to: library.disk(digest))
    }

    @Test("An image goes by its digest, whatever names it has, once nothing lies on it; one that is gone is no error")
    func removed() async throws {
        try await withLibrary { library in
            try add(library, "b-1", "web", base)
            try add(library, "b-2", "same as web", base)
            try add(library, "b-3", "top", top)
            try JSONRecord.write(
                ImageBase(disk: library.disk(base).string, digest: base),
                to: library.disk(top).removingLastComponent().appending("base.json"))
            #expect(try library.obstacle(toRemovingBuilt: base)?.message.contains("top") == true)
            let used = await #expect(throws: DiskFailure.self) { try await library.removeBuilt(base) }
            #expect(used?.code == .inUse && Folders.exists(library.disk(base)))
            #expect(try library.obstacle(toRemovingBuilt: top) == nil)
            try await library.removeBuilt(top)
            #expect(!Folders.exists(library.disk(top)))
            #expect(try library.obstacle(toRemovingBuilt: base) == nil)
            try await library.removeBuilt(base)
            try await library.removeBuilt(base)
            #expect(try library.entries() == [])
            #expect(try library.obstacle(toRemovingBuilt: base) == nil)
        }
    }

    @Test("Builds do not begin on an image that is disabled, until it is given back")
    func disabled() async throws {
        try await withLibrary { library in
            try add(library, "b-1", "web", base)
            #expect(library.built("web")?.digest == base)
            for _ in 0..<2 {
                try await library.setUsable(false, built: base)
                #expect(library.built("web") == nil)
                #expect(library.built("web", build: 1) == nil)
            }
            #expect(try library.find("web").digest == base)
            for _ in 0..<2 {
                try await library.setUsable(true, built: base)
                #expect(library.built("web")?.digest == base)
            }
            try await library.setUsable(false, built: top)
            try await library.setUsable(false, built: base)
            try await library.removeBuilt(base)
            #expect(!Folders.exists(library.disk(base).removingLastComponent()))
        }
    }
}
