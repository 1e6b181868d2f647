import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Builds
@testable import Guests

/// Sweeping, on folders as killed builds leave them.
@Suite struct SweepTests {
    private func withHome<Value>(_ body: (KilnHome) throws -> Value) throws -> Value {
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        defer { try? Folders.remove(folder) }
        return try body(KilnHome(data: folder, cache: folder.appending("cache")))
    }

    private func build(
        _ home: KilnHome, _ id: String, _ state: ImageState, recipe: String = "r", layers: Int = 0,
        started: Double = 1_000_000, change: (inout BuildRecord) -> Void = { _ in }
    ) throws {
        let folder = BuildFolder(home: home, id: id)
        try Folders.create(folder.overlays)
        var record = BuildRecord(
            id: id, state: state, recipe: recipe, version: "1.0.0", plan: "p",
            started: Date(timeIntervalSince1970: started))
        for number in 0...layers {
            let overlay = folder.overlays.appending("\(number).qcow2")
            try DurableFile.write([1], to: overlay)
            guard number < layers else { break }
            record.layers.append(
                .init(
                    component: "c", version: "1", document: "d", overlay: "\(number).qcow2",
                    digest: "d"))
        }
        change(&record)
        if let image = record.image {
            let disk = home.images.appending("sha256-\(image)")
            try Folders.create(disk)
            try DurableFile.write([1], to: disk.appending("disk.qcow2"))
        }
        try folder.save(record)
    }

    private func overlays(_ home: KilnHome, _ id: String) throws -> [String] {
        try Folders.names(in: BuildFolder(home: home, id: id).overlays)
    }

    private let now = Date(timeIntervalSince1970: 1_000_100)

    @Test("A killed build is told, keeps its finished layers and loses the unfinished one")
    func killed() throws {
        try withHome { home in
            try build(home, "b-1", .building, layers: 2)
            let notes = try BuildFolder.sweep(home: home, now: now)
            #expect(notes.count == 1)
            #expect(notes[0].contains("b-1") && notes[0].contains("BUILDING") && notes[0].contains("2 finished"))
            let record = try #require(BuildFolder(home: home, id: "b-1").load())
            #expect(record.state == .failed)
            #expect(record.isResumable)
            #expect(try overlays(home, "b-1") == ["0.qcow2", "1.qcow2"])
            #expect(try BuildFolder.sweep(home: home, now: now).isEmpty)
        }
    }

    @Test("A build whose process lives is left alone")
    func owned() throws {
        try withHome { home in
            try build(home, "b-1", .building, layers: 1)
            let lock = try #require(try FileLock.tryAcquire(BuildFolder(home: home, id: "b-1").lock))
            #expect(try BuildFolder.sweep(home: home, now: now).isEmpty)
            #expect(BuildFolder(home: home, id: "b-1").load()?.state == .building)
            #expect(try overlays(home, "b-1").count == 2)
            withExtendedLifetime(lock) {}
        }
    }

    @Test("An image that did not pass its tests goes with its build; one that another build made too stays")
    func images() throws {
        try withHome { home in
            try build(home, "b-1", .testing, layers: 1) { $0.image = "aa" }
            try build(home, "b-2", .cancelled) { $0.image = "bb" }
            try build(home, "b-3", .available, recipe: "other") { $0.image = "bb" }
            try build(home, "b-4", .distributing, layers: 1) { ($0.image, $0.isTested) = ("cc", true) }
            _ = try BuildFolder.sweep(home: home, now: now)
            #expect(try Folders.names(in: home.images) == ["sha256-bb", "sha256-cc"])
        }
    }

    @Test("A folder without a record goes; a record that can't be read is told and left")
    func unreadable() throws {
        try withHome { home in
            try Folders.create(home.builds.appending("b-1/overlays"))
            try build(home, "b-2", .available)
            try DurableFile.write(Array("{".utf8), to: BuildFolder(home: home, id: "b-2").record)
            try DurableFile.write([1], to: home.builds.appending("a file"))
            let notes = try BuildFolder.sweep(home: home, now: now)
            #expect(notes.count == 1 && notes[0].contains("b-2/build.json cannot be read"))
            #expect(try Folders.names(in: home.builds) == ["a file", "b-2"])
            #expect(try overlays(home, "b-2") == ["0.qcow2"])
        }
    }

    @Test("What a kept guest runs on stays through every sweep, and gets no namesake")
    func keptGuests() throws {
        try withHome { home in
            try build(home, "b-1", .failed, layers: 1) { $0.image = "aa" }
            let folder = BuildFolder(home: home, id: "b-1")
            let (disk, image) = (folder.overlays.appending("1.qcow2"), home.images.appending("sha256-aa/disk.qcow2"))
            try DurableFile.write([1], to: folder.overlays.appending("test.qcow2"))
            let sockets = try RunFolder.make()
            defer { try? Folders.remove(sockets) }
            let guest = KeptGuest(
                name: "kiln-b-1-build", build: "b-1", role: "build", home: home.data.string, connection: "", uuid: "",
                process: "\(ProcessIdentity.current)", until: .distantFuture, console: "",
                files: [disk.string, folder.overlays.appending("0.qcow2").string, image.string], leftovers: [],
                folder: sockets.string)
            try guest.save()
            _ = try BuildFolder.sweep(home: home, now: Date(timeIntervalSince1970: 9_000_000))
            #expect(try overlays(home, "b-1") == ["0.qcow2", "1.qcow2"])
            #expect(Folders.exists(image))
            #expect(folder.unusedOverlay("1", home: home).lastComponent == "1-1.qcow2")
            #expect(folder.unusedOverlay("2", home: home).lastComponent == "2.qcow2")
            try Folders.remove(sockets)
            _ = try BuildFolder.sweep(home: home, now: Date(timeIntervalSince1970: 9_000_000))
            #expect(!Folders.exists(folder.overlays) && !Folders.exists(image))
            #expect(folder.unusedOverlay("1", home: home).lastComponent == "1.qcow2")
        }
    }

    @Test("Layers are kept for the newest unfinished builds, for a week, and until the recipe is built")
    func retention() throws {
        try withHome { home in
            for number in 1...5 {
                try build(home, "b-\(number)", .failed, layers: 1, started: 1_000_000 + Double(number))
            }
            try build(home, "b-6", .failed, recipe: "other", layers: 1, started: 999_000)
            try build(home, "b-7", .available, recipe: "other", started: 999_500)
            try build(home, "b-8", .failed, layers: 0, started: 1_000_050)
            _ = try BuildFolder.sweep(home: home, now: now)
            #expect(try (1...8).map { try overlays(home, "b-\($0)").count } == [0, 0, 1, 1, 1, 0, 0, 0])
            _ = try BuildFolder.sweep(home: home, now: now.addingTimeInterval(8 * 24 * 3600))
            #expect(try (1...8).allSatisfy { try overlays(home, "b-\($0)").isEmpty })
        }
    }

    @Test("Builds that are made at once are never swept by each other", .timeLimit(.minutes(1)))
    func concurrent() async throws {
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        defer { try? Folders.remove(folder) }
        let home = KilnHome(data: folder, cache: folder.appending("cache"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<5 {
                        let open = try BuildFolder.create(home: home) { id in
                            BuildRecord(
                                id: id, state: .pending, recipe: "r", version: "1.0.0", plan: "p", started: Date())
                        }
                        _ = try BuildFolder.sweep(home: home)
                        #expect(open.folder.load()?.state == .pending)
                        withExtendedLifetime(open.lock) {}
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}
