public import HostSystem
public import SystemPackage

/// What an image reads from that has only what differs: `base.json` beside it.
public struct ImageBase: Sendable, Codable, Equatable {
    /// The absolute path of the file below, as it stands in the image's header: the parent's disk, or a part that images have
    /// in common.
    public var disk: String
    /// SHA-256 of that file as it was: on another one the image is another.
    public var digest: String

    public init(disk: String, digest: String) {
        self.disk = disk
        self.digest = digest
    }

    public static func file(of disk: FilePath) -> FilePath { disk.removingLastComponent().appending("base.json") }

    /// - Returns: nil for an image that is whole in itself.
    public init?(of disk: FilePath) {
        guard let base: ImageBase = JSONRecord.read(Self.file(of: disk)) else { return nil }
        self = base
    }

    /// The images of a home that read from a disk, or from a part of images that does.
    ///
    /// - Returns: their digests.
    public static func images(on disk: String, home: KilnHome) -> [String] {
        all(home).filter { files(below: $0.disk, home).contains(disk) }.map(\.digest)
    }

    /// What images read from: parts, and their parents' disks.
    public static func filesInUse(home: KilnHome) -> Set<String> {
        Set(all(home).flatMap { files(below: $0.disk, home) })
    }

    private static func all(_ home: KilnHome) -> [(digest: String, disk: FilePath)] {
        ((try? Folders.names(in: home.images)) ?? []).filter { $0.hasPrefix("sha256-") }.map {
            (String($0.dropFirst("sha256-".count)), home.images.appending($0).appending("disk.qcow2"))
        }.filter { Folders.exists($0.disk) }
    }

    /// The parts that an image lies on, and what these lie on: the parent's disk.
    private static func files(below image: FilePath, _ home: KilnHome) -> [String] {
        var files: [String] = []
        var next = ImageBase(of: image)
        while let base = next, !files.contains(base.disk) {
            files.append(base.disk)
            next = base.disk.hasPrefix("\(home.parts)/") ? ImageBase(of: FilePath(base.disk)) : nil
        }
        return files
    }
}
