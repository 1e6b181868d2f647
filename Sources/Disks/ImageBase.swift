public import HostSystem
public import SystemPackage

/// What an image reads from that has only what differs: `base.json` beside it.
public struct ImageBase: Sendable, Codable, Equatable {
    /// The absolute path of the parent's disk, as it stands in the image's header.
    public var disk: String
    /// SHA-256 of the parent as it was: on another one the image is another.
    public var digest: String

    public init(disk: String, digest: String) {
        self.disk = disk
        self.digest = digest
    }

    static func file(of disk: FilePath) -> FilePath { disk.removingLastComponent().appending("base.json") }

    /// - Returns: nil for an image that is whole in itself.
    public init?(of disk: FilePath) {
        guard let base: ImageBase = JSONRecord.read(Self.file(of: disk)) else { return nil }
        self = base
    }

    /// The images of a home that read from a disk.
    ///
    /// - Returns: their digests.
    public static func images(on disk: String, home: KilnHome) -> [String] {
        ((try? Folders.names(in: home.images)) ?? []).filter { name in
            let image = home.images.appending(name).appending("disk.qcow2")
            return name.hasPrefix("sha256-") && Folders.exists(image) && ImageBase(of: image)?.disk == disk
        }.map { String($0.dropFirst("sha256-".count)) }
    }
}
