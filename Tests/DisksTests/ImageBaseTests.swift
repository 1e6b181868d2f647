import Failures
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Builds
@testable import Disks

/// Images that have only what differs from their parent, made and read by qemu-img.
@Suite struct ImageBaseTests {
    private func io(_ scratch: Scratch, _ disk: FilePath, _ commands: String...) async throws {
        try await scratch.run("qemu-io", ["-f", "qcow2"] + commands.flatMap { ["-c", $0] } + [disk.string])
    }

    /// A parent, and a chain on it: a layer that writes and gives back, one that writes, one that is larger.
    ///
    /// - Returns: the parent, and the uppermost.
    private func chain(_ scratch: Scratch, _ home: KilnHome) async throws -> (parent: FilePath, top: FilePath) {
        let folder = home.images.appending("sha256-parent")
        try Folders.create(folder)
        let parent = folder.appending("disk.qcow2")
        try await scratch.run("qemu-img", ["create", "-q", "-f", "qcow2", parent.string, "64M"])
        try await io(scratch, parent, "write -P 1 0 32M")
        let layers = ["1", "2", "3"].map { scratch.path("\($0).qcow2") }
        try await QemuImage.createOverlay(layers[0], on: parent)
        try await io(scratch, layers[0], "write -P 2 1M 2M", "write -P 2 40M 1M", "discard 8M 1M")
        try await QemuImage.createOverlay(layers[1], on: layers[0])
        try await io(scratch, layers[1], "write -P 3 2M 64k", "write -z 40M 512k")
        try await QemuImage.createOverlay(layers[2], on: layers[1], size: 96 << 20)
        try await io(scratch, layers[2], "write -P 4 90M 64k", "discard 16M 1M")
        return (parent, layers[2])
    }

    @Test("An image on its parent shows what its chain showed, and is as large as what differs")
    func merged() async throws {
        try await Scratch.with { scratch in
            let home = KilnHome(data: scratch.path("home"), cache: scratch.path("cache"))
            let (parent, top) = try await chain(scratch, home)
            let expected = scratch.path("expected.raw")
            try await scratch.run("qemu-img", ["convert", "-O", "raw", top.string, expected.string])
            let base = ImageBase(disk: parent.string, digest: try FileDigest.sha256(parent).digest)
            let image = try await FrozenImage.freeze(
                top: top, on: ImageGround(parent: base), work: scratch.folder, home: home
            ) { _ in }
            try await scratch.run("qemu-img", ["compare", "-F", "raw", image.disk.string, expected.string])
            try await QemuImage.check(image.disk, format: "qcow2")
            #expect(image.virtualSize == 96 << 20)
            #expect(image.size < 4 << 20)
            #expect(image.digest == (try FileDigest.sha256(image.disk).digest))
            #expect(try await QemuImage.information(image.disk).backingFile == parent.string)
            #expect(ImageBase.images(on: parent.string, home: home) == [image.digest])
            #expect(try await FrozenImage.find(image.digest, home: home) == image)

            // Copied whole for other places, always the same.
            let library = ImageLibrary(home: home)
            let entry = try library.find(image.digest)
            var copies = [try await library.whole(entry), try await library.whole(entry)]
            #expect(copies[0].isCopy && copies[0].digest == copies[1].digest)
            #expect(try await QemuImage.information(copies[0].disk).backingFile == nil)
            try await scratch.run("qemu-img", ["compare", "-F", "raw", copies[0].disk.string, expected.string])
            copies = []
            #expect(try Folders.names(in: home.images).count == 2)
        }
    }

    @Test("On a parent that is not what it was, the image is not what it was")
    func changedParent() async throws {
        try await Scratch.with { scratch in
            let home = KilnHome(data: scratch.path("home"), cache: scratch.path("cache"))
            let (parent, top) = try await chain(scratch, home)
            let base = ImageBase(disk: parent.string, digest: try FileDigest.sha256(parent).digest)
            let image = try await FrozenImage.freeze(
                top: top, on: ImageGround(parent: base), work: scratch.folder, home: home
            ) { _ in }
            let store = LayerStore(home: home)
            #expect(try await store.digest(of: image.disk) == image.digest)
            // Without the word of what it lies on it is nobody's image.
            let word = ImageBase.file(of: image.disk)
            let text = try Folders.read(word)
            unlink(word.string)
            #expect(try await store.digest(of: image.disk) != image.digest)
            #expect(try await FrozenImage.find(image.digest, home: home) == nil)
            try DurableFile.write(text, to: word)
            #expect(try await store.digest(of: image.disk) == image.digest)
            try await io(scratch, parent, "write -P 9 30M 1k")
            #expect(try await store.digest(of: image.disk) != image.digest)
            #expect(try await FrozenImage.find(image.digest, home: home) == nil)
            unlink(parent.string)
            #expect(try await FrozenImage.find(image.digest, home: home) == nil)
        }
    }
}
