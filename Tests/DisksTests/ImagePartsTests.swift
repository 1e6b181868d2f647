import Failures
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Builds
@testable import Disks

/// What images of the same layers share, on chains that qemu-img makes and compares.
@Suite struct ImagePartsTests {
    /// A home with a parent, and three layers on it: one that writes much, one that gives back and overwrites, a small one.
    private struct Chain {
        let scratch: Scratch
        let home: KilnHome
        let parent: ImageBase
        let levels: [ImageParts.Level]

        var parts: ImageParts { ImageParts(home: home, smallest: 1 << 20) }

        init(_ scratch: Scratch) async throws {
            self.scratch = scratch
            home = KilnHome(data: scratch.path("home"), cache: scratch.path("cache"))
            let folder = home.images.appending("sha256-parent")
            try Folders.create(folder)
            var below = folder.appending("disk.qcow2")
            try await scratch.run("qemu-img", ["create", "-q", "-f", "qcow2", below.string, "64M"])
            try await Self.io(scratch, below, ["write -P 1 0 32M"])
            parent = ImageBase(disk: below.string, digest: try FileDigest.sha256(below).digest)
            let writes = [
                ["write -P 2 1M 3M", "write -P 2 40M 2M"],
                ["discard 41M 1M", "write -z 1M 512k", "write -P 3 50M 2M", "discard 8M 1M"],
                ["write -P 4 2M 64k"],
            ]
            var levels: [ImageParts.Level] = []
            for (index, commands) in writes.enumerated() {
                let disk = scratch.path("layer-\(index).qcow2")
                try await QemuImage.createOverlay(disk, on: below)
                try await Self.io(scratch, disk, commands)
                levels.append(
                    ImageParts.Level(
                        disk: disk, digest: try FileDigest.sha256(disk).digest, bytes: try Folders.allocated(disk)))
                below = disk
            }
            self.levels = levels
        }

        static func io(_ scratch: Scratch, _ disk: FilePath, _ commands: [String]) async throws {
            try await scratch.run("qemu-io", ["-f", "qcow2"] + commands.flatMap { ["-c", $0] } + [disk.string])
        }

        /// Freezes what a last component makes of the layers, and compares it with what its chain shows.
        func image(_ number: Int) async throws -> FrozenImage {
            let (top, expected) = (scratch.path("top.qcow2"), scratch.path("expected.raw"))
            try await QemuImage.createOverlay(top, on: levels[2].disk)
            try await Self.io(scratch, top, ["write -P \(number) 20M 64k", "write -z 50M 64k", "discard 3M 256k"])
            try await scratch.run("qemu-img", ["convert", "-O", "raw", top.string, expected.string])
            let held = try await parts.hold(levels, on: parent, work: scratch.folder)
            let image = try await FrozenImage.freeze(top: top, on: held.ground, work: scratch.folder, home: home) { _ in
            }
            withExtendedLifetime(held) {}
            try await scratch.run("qemu-img", ["compare", "-F", "raw", image.disk.string, expected.string])
            try await QemuImage.check(image.disk, format: "qcow2")
            return image
        }

        func names() throws -> [String] { try Folders.names(in: home.parts).sorted() }
    }

    @Test("Images of the same layers share them, show what their chains showed, and outlive the layers")
    func shared() async throws {
        try await Scratch.with { scratch in
            let chain = try await Chain(scratch)
            let images = [try await chain.image(5), try await chain.image(6)]
            #expect(images[0].digest != images[1].digest)
            // Two are worth a file; what the third has written is in each image.
            #expect(try chain.names().count == 2)
            for image in images {
                #expect(image.size < 1 << 20)
                #expect(ImageBase(of: image.disk)?.disk.hasPrefix("\(chain.home.parts)/") == true)
            }
            for level in chain.levels { unlink(level.disk.string) }
            for image in images {
                #expect(try await LayerStore(home: chain.home).digest(of: image.disk) == image.digest)
                #expect(try await FrozenImage.find(image.digest, home: chain.home) == image)
                let entry = try ImageLibrary(home: chain.home).find(image.digest)
                #expect(try await ImageLibrary(home: chain.home).whole(entry).isCopy)
            }
            #expect(Set(ImageBase.images(on: chain.parent.disk, home: chain.home)) == Set(images.map(\.digest)))
        }
    }

    @Test("Parts stay as long as an image lies on them, or is about to")
    func removal() async throws {
        try await Scratch.with { scratch in
            let chain = try await Chain(scratch)
            let library = ImageLibrary(home: chain.home)
            let images = [try await chain.image(5), try await chain.image(6)]
            let failure = await #expect(throws: DiskFailure.self) { try await library.remove("parent") }
            #expect(failure?.code == .inUse)
            _ = try await library.remove(images[0].digest)
            try await chain.parts.sweep()
            #expect(try chain.names().count == 2)
            do {
                let held = try await chain.parts.hold(chain.levels, on: chain.parent, work: scratch.folder)
                _ = try await library.remove(images[1].digest)
                #expect(try chain.names().count == 2)
                withExtendedLifetime(held) {}
            }
            // What a killed build has left in the making.
            try Folders.create(chain.home.parts.appending("begun"))
            try await chain.parts.sweep()
            #expect(try chain.names() == [])
            _ = try await library.remove("parent")
        }
    }

    @Test("A part that is damaged is used by no new image, which is right all the same")
    func damaged() async throws {
        try await Scratch.with { scratch in
            let chain = try await Chain(scratch)
            let image = try await chain.image(5)
            let upper = try #require(ImageBase(of: image.disk))
            let lower = try #require(ImageBase(of: FilePath(upper.disk)))
            chmod(lower.disk, 0o644)
            try await Chain.io(scratch, FilePath(lower.disk), ["write -P 9 2M 64k"])
            #expect(try await LayerStore(home: chain.home).digest(of: image.disk) != image.digest)
            let other = try await chain.image(6)
            #expect(ImageBase(of: other.disk) == chain.parent)
        }
    }
}
