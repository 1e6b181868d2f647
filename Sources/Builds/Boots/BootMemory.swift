import Disks
import Failures
import Glibc
import HostSystem
import SystemPackage

/// The RAM of a kept boot as libvirt reads it, while somebody makes guests of it; on the disk it lies compressed, in a third of
/// the room.
final class BootMemory: Sendable {
    let file: FilePath

    private static let prefix = "memory-"

    /// A file in the boot's folder, which is there once somebody has written it, and goes with this.
    init(in place: LayerStore.Place) {
        let random = String(UInt64.random(in: 0 ... .max), radix: 36)
        file = place.folder.appending("\(Self.prefix)\(random).save")
    }

    deinit { unlink(file.string) }

    /// Level 1: pages of RAM shrink to a third by it, in half a second.
    func compress(to other: FilePath) async throws(HostFailure) {
        try await Self.zstd(["-1", file.string, "-o", other.string])
    }

    func expand(from other: FilePath) async throws(HostFailure) {
        try await Self.zstd(["-d", other.string, "-o", file.string])
    }

    private static func zstd(_ arguments: [String]) async throws(HostFailure) {
        try await HostCommand("zstd", ["-q", "-f"] + arguments, limit: .seconds(300), package: "zstd").run()
    }

    /// What killed processes, and a Kiln that did not compress, have left of a boot that nobody uses.
    static func sweep(_ place: LayerStore.Place) throws(HostFailure) {
        for name in try Folders.names(in: place.folder) where name.hasPrefix("memory") && name.hasSuffix(".save") {
            try Folders.remove(place.folder.appending(name))
        }
    }
}
