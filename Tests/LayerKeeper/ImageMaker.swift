import Disks
import Foundation
import HostSystem
import SystemPackage

@testable import Builds

/// Makes images on parts as builds do, of layers of a few megabytes, until it is killed or has made so many:
/// `LayerKeeper images DATA [COUNT]`. With a count it begins with the parent and the layers, where they are not there.
///
/// Prints "? DIGEST" before an image gets its name, "DIGEST SHA256" of it and of what its chain showed when it is there, and
/// "- DIGEST" before one is removed.
struct ImageMaker {
    let home: KilnHome
    /// Stands for a build's folder of overlays.
    let work: FilePath

    init(data: FilePath) {
        home = KilnHome(data: data, cache: data.appending("cache"))
        work = data.appending("work")
    }

    private var parent: FilePath { home.images.appending("sha256-parent").appending("disk.qcow2") }
    private var layers: [FilePath] { (0..<2).map { home.data.appending("layer-\($0).qcow2") } }

    func run(count: Int?) async throws {
        if count != nil, !Folders.exists(parent) { try await prepare() }
        try Folders.create(work)
        let base = ImageBase(disk: parent.string, digest: try FileDigest.sha256(parent).digest)
        var left = count ?? .max
        while left > 0 {
            try await make(on: base)
            left -= 1
            if count == nil, Int.random(in: 0..<3) == 0 { try await removeOne() }
        }
    }

    private func prepare() async throws {
        try Folders.create(parent.removingLastComponent())
        try await HostCommand("qemu-img", ["create", "-q", "-f", "qcow2", parent.string, "16M"]).run()
        try await write(parent, ["write -P 1 0 6M"])
        var below = parent
        for (layer, commands) in zip(layers, [["write -P 2 1M 2M"], ["discard 2M 512k", "write -P 3 8M 2M"]]) {
            try await QemuImage.createOverlay(layer, on: below)
            try await write(layer, commands)
            below = layer
        }
    }

    private func write(_ disk: FilePath, _ commands: [String]) async throws {
        let words = commands.flatMap { ["-c", $0] }
        try await HostCommand("qemu-io", ["-f", "qcow2"] + words + [disk.string]).run()
    }

    private func make(on base: ImageBase) async throws {
        let (top, expected) = (work.appending("top.qcow2"), work.appending("expected.raw"))
        try Folders.remove(top)
        try await QemuImage.createOverlay(top, on: layers[1])
        try await write(top, ["write -P \(Int.random(in: 4...255)) \(Int.random(in: 0..<200) * 65536) 64k"])
        try await HostCommand("qemu-img", ["convert", "-O", "raw", top.string, expected.string]).run()
        let content = try FileDigest.sha256(expected).digest
        // Layers that nobody has had: their parts are to be made, not found.
        let levels = layers.map { ImageParts.Level(disk: $0, digest: UUID().uuidString, bytes: 2 << 20) }
        let held = try await ImageParts(home: home, smallest: 1 << 20).hold(levels, on: base, work: work)
        let image = try await FrozenImage.freeze(top: top, on: held.ground, work: work, home: home) { digest in
            say("? \(digest)")
        }
        withExtendedLifetime(held) {}
        say("\(image.digest) \(content)")
    }

    private func removeOne() async throws {
        let library = ImageLibrary(home: home)
        guard let entry = try library.entries().first(where: { $0.digest != "parent" }) else { return }
        say("- \(entry.digest)")
        _ = try await library.remove(entry.digest)
    }
}

/// Not print(3), which keeps lines back where nobody watches.
func say(_ line: String) { FileHandle.standardOutput.write(Data("\(line)\n".utf8)) }
