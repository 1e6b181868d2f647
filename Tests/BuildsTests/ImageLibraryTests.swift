import Disks
import Documents
import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Builds

/// Records and files only, no appliance.
@Suite struct ImageLibraryTests {
    private func withLibrary<Value>(_ body: (ImageLibrary) async throws -> Value) async throws -> Value {
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        return try await body(ImageLibrary(home: KilnHome(data: folder, cache: folder.appending("cache"))))
    }

    /// A build's record and, with a digest, the file of its image.
    private func add(
        _ library: ImageLibrary, _ id: String, version: String = "1.0.0", state: ImageState = .available,
        digest: String?, at seconds: Double, parent: ParentDisk? = nil
    ) throws {
        let folder = BuildFolder(home: library.home, id: id)
        try Folders.create(folder.path)
        try folder.save(
            BuildRecord(
                id: id, state: state, recipe: "Web Server", version: version, plan: "p", parent: parent, image: digest,
                started: Date(timeIntervalSince1970: seconds)))
        guard let digest else { return }
        try Folders.create(library.disk(digest).removingLastComponent())
        try DurableFile.write(Array("disk".utf8), to: library.disk(digest))
    }

    @Test("An image that a run's guest lies on stays; what killed runs have left is swept")
    func runs() async throws {
        try await withLibrary { library in
            try add(library, "b-1", digest: "aaaaaaaa", at: 1)
            let disk = library.disk("aaaaaaaa")
            var run: RunWorkspace? = try RunWorkspace.create(home: library.home, base: disk)
            let (id, folder) = (try #require(run?.id), try #require(run?.path))
            try DurableFile.write([1], to: try #require(run?.overlay(0)))
            let used = await #expect(throws: DiskFailure.self) { try await library.remove("aaaaaaaa", force: true) }
            #expect(used?.code == .inUse && used?.message.contains(id) == true)
            #expect(RunWorkspace.sweep(home: library.home) == [])
            #expect(Folders.exists(folder))
            // As when its process is killed.
            run = nil
            #expect(RunWorkspace.sweep(home: library.home).count == 1)
            #expect(!Folders.exists(folder))
            _ = try await library.remove("aaaaaaaa")
        }
    }

    @Test(
        "An image that others have only the differences from stays until they are gone; replaced, it loses its name only"
    )
    func bases() async throws {
        try await withLibrary { library in
            try add(library, "b-1", digest: "aaaaaaaa", at: 1)
            try add(library, "b-2", version: "2.0.0", digest: "bbbbbbbb", at: 2)
            let base = ImageBase(disk: library.disk("aaaaaaaa").string, digest: "aaaaaaaa")
            try JSONRecord.write(
                base, to: library.disk("bbbbbbbb").removingLastComponent().appending("base.json"))
            let used = await #expect(throws: DiskFailure.self) { try await library.remove("aaaaaaaa", force: true) }
            #expect(used?.code == .inUse)
            #expect(used?.message == "Web Server is the base of Web Server 2.0.0")
            #expect(used?.hint?.contains("kiln image rm bbbbbbbb") == true)
            _ = try await library.remove("bbbbbbbb")
            _ = try await library.remove("aaaaaaaa")
            #expect(try library.entries() == [])
        }
    }

    @Test("A recipe's ARN means its newest AVAILABLE build; a build number counts those of one version")
    func newest() async throws {
        try await withLibrary { library in
            try add(library, "b-1", digest: "aaaaaaaa", at: 1)
            try add(library, "b-2", digest: "bbbbbbbb", at: 2)
            try add(library, "b-3", version: "1.1.0", state: .failed, digest: "cccccccc", at: 3)
            try add(library, "b-4", version: "0.9.0", digest: "dddddddd", at: 4)
            #expect(library.built("web-server")?.digest == "bbbbbbbb")
            #expect(library.built("web-server", version: .any, build: 1)?.digest == "aaaaaaaa")
            #expect(library.built("web-server", version: .any, build: 3) == nil)
            #expect(library.built("web-server", version: .any, build: 0) == nil)
            let zero = try #require(VersionPattern("0.x.x"))
            #expect(library.built("web-server", version: zero)?.digest == "dddddddd")
            #expect(library.built("web") == nil)
            let error = #expect(throws: DiskFailure.self) { try library.find("Web Server") }
            #expect(error?.code == .invalidName)
            #expect(try library.find("sha256:cccccccc").state == .failed)
            let none = #expect(throws: DiskFailure.self) { try library.find("nothing") }
            #expect(none?.code == .notFound)
        }
    }

    @Test("An image stays while a build that runs, or could go on, lies on it")
    func claims() async throws {
        try await withLibrary { library in
            try add(library, "b-1", digest: "aaaaaaaa", at: 1)
            let parent = try #require(library.built("web-server"))
            try add(library, "b-2", state: .building, digest: nil, at: 2, parent: parent)
            let folder = BuildFolder(home: library.home, id: "b-2")
            var lock = try FileLock.tryAcquire(folder.lock)
            try #require(lock != nil)
            let running = await #expect(throws: DiskFailure.self) { try await library.remove("aaaaaaaa", force: true) }
            #expect(running?.code == .inUse)
            #expect(running?.message.contains("b-2") == true)
            lock = nil
            try Folders.create(folder.overlays)
            try DurableFile.write([1], to: folder.overlays.appending("0.qcow2"))
            let resumable = await #expect(throws: DiskFailure.self) { try await library.remove("aaaaaaaa") }
            #expect(resumable?.hint?.contains("--force") == true)
            _ = try await library.remove("aaaaaaaa", force: true)
            #expect(!Folders.exists(folder.overlays))
            #expect(try library.entries() == [])
            let gone = await #expect(throws: DiskFailure.self) { try await library.claim(FilePath(parent.disk)) }
            #expect(gone?.code == .notFound)
        }
    }

    @Test("An image stays while a build could go on whose finished components are all in the store")
    func storedLayers() async throws {
        try await LayerBench.with { bench in
            let library = ImageLibrary(home: bench.home)
            try add(library, "b-1", digest: "aaaaaaaa", at: 1)
            var parent = try #require(library.built("web-server"))
            let session = try await bench.session(bench.plan(["One": "true"]))
            try await bench.make(session)
            let kept = try await session.kept(earlier: []) { _, _, _ in }
            session.release()
            // On the image as the plan's layers are on its parent.
            parent.digest = "aaaaaaaa"
            let folder = BuildFolder(home: bench.home, id: "b-2")
            try Folders.create(folder.path)
            var build = BuildRecord(
                id: "b-2", state: .failed, recipe: "other", version: "1.0.0", plan: "p", parent: parent,
                started: Date())
            build.layers = kept
            try folder.save(build)
            let resumable = await #expect(throws: DiskFailure.self) { try await library.remove("aaaaaaaa") }
            #expect(resumable?.hint?.contains("--force") == true)
            // Once its layers have gone there is nothing left to lose.
            try await bench.store.drop(try #require(kept.first?.key))
            _ = try await library.remove("aaaaaaaa")
        }
    }

    @Test(
        "Names that are none, and the catalogue's, are refused before the disk is looked at",
        arguments: [
            ("", DiskFailureCode.invalidName), ("../x", .invalidName), (".x", .invalidName), ("Upper", .invalidName),
            ("ami-12345678", .invalidName), ("a b", .invalidName), ("debian-12", .nameTaken),
        ])
    func names(_ name: String, _ code: DiskFailureCode) async throws {
        try await withLibrary { library in
            let error = await #expect(throws: DiskFailure.self) {
                try await library.importDisk(
                    "/nowhere", as: name, taken: ["debian-12"], replace: true,
                    settings: ApplianceSettings(acceleration: .tcg, cache: library.home.libguestfs)
                ) { _ in }
            }
            #expect(error?.code == code)
        }
    }

    @Test("What a killed import has left goes with the next change; what a living one makes stays")
    func drafts() async throws {
        try await withLibrary { library in
            for name in ["dead", "alive"] {
                let draft = library.home.images.appending(ImageLibrary.draftPrefix + name)
                try Folders.create(draft)
                try DurableFile.write([1], to: draft.appending("disk.qcow2"))
            }
            let owner = try FileLock.tryAcquire(library.home.images.appending(".draft-alive/lock"))
            try #require(owner != nil)
            _ = try? await library.remove("nothing")
            #expect(try Folders.names(in: library.home.images) == [".draft-alive"])
            withExtendedLifetime(owner) {}
        }
    }

    @Test("A damaged record is told, not taken for none")
    func damaged() async throws {
        try await withLibrary { library in
            try Folders.create(library.home.imports)
            try DurableFile.write(Array("{".utf8), to: library.home.imports.appending("x.json"))
            let error = #expect(throws: DiskFailure.self) { try library.imported("x") }
            #expect(error?.message.contains("x.json") == true)
        }
    }

    @Test("A parent that the settings' firmware cannot start is refused with the setting that mends it")
    func firmware() throws {
        let template = """
            Resources:
              R:
                Type: AWS::ImageBuilder::ImageRecipe
                Properties: {Name: recipe, Version: 1.0.0, ParentImage: only-uefi, Components: []}
              I:
                Type: AWS::ImageBuilder::InfrastructureConfiguration
                Properties: {Name: infrastructure, InstanceProfileName: p}
              P:
                Type: AWS::ImageBuilder::ImagePipeline
                Properties: {Name: pipeline, ImageRecipeArn: !Ref R, InfrastructureConfigurationArn: !Ref I}
            """
        var plan = try BuildPlan.make(
            from: try Template.parse(text: template, file: "t.yaml").resolve(), pipeline: nil, base: "/")
        let parent = ParentDisk(
            kind: .imported, name: "only-uefi", digest: "a", disk: "/disk.qcow2", bootModes: [.uefi])
        let error = #expect(throws: DocumentFailure.self) { try plan.use(parent) }
        #expect(error?.message.contains("firmware: uefi") == true)
    }
}
