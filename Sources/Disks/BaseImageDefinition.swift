import Crypto
public import Failures
import HostSystem
public import SystemPackage
import Yams

/// How a base image is made (`images/NAME/image.yaml`, with the files to place under `files/`).
public struct BaseImageDefinition: Sendable {
    struct Description: Codable {
        var name: String
        var description: String?
        var suite: String
        var architecture: String
        var sources: [String]
        var diskGiB: Int
        var packages: [String]
    }

    let description: Description
    let folder: FilePath
    /// SHA-256 of the definition, its files and the maker's own version: what the cached image is found by.
    public let digest: String

    public var name: String { description.name }

    /// - Parameter folder: as in `images/debian-12`.
    /// - Throws: `DiskFailure`: `invalidDefinition`.
    public init(folder: FilePath) throws(DiskFailure) {
        let file = folder.appending("image.yaml")
        let bytes = try onHost { () throws(HostFailure) in try Folders.read(file) }
        do {
            description = try YAMLDecoder().decode(Description.self, from: String(decoding: bytes, as: UTF8.self))
        } catch {
            throw DiskFailure(.invalidDefinition, "\(file) is no image definition: \(error)", cause: error)
        }
        guard description.architecture == "x86_64" else {
            throw DiskFailure(
                .invalidDefinition, "\(file): architecture must be x86_64, not \(description.architecture)")
        }
        self.folder = folder
        var hash = SHA256()
        hash.update(data: Array("maker 1\n".utf8) + bytes)
        try Self.update(&hash, with: folder.appending("files"), named: "")
        digest = hash.finalize().hexadecimal
    }

    private static func update(_ hash: inout SHA256, with folder: FilePath, named prefix: String) throws(DiskFailure) {
        for name in try onHost({ () throws(HostFailure) in try Folders.names(in: folder) }) {
            let path = folder.appending(name)
            if let content = try? Folders.read(path) {
                hash.update(data: Array("\(prefix)/\(name)\n\(content.count)\n".utf8) + content)
            } else {
                try update(&hash, with: path, named: "\(prefix)/\(name)")
            }
        }
    }
}
