import Crypto
import Disks
import Failures
import HostSystem
import SystemPackage

/// The digests of large files that never change: parents and images. Each is read once, and again only after somebody has
/// touched it.
extension LayerStore {
    private struct Known: Codable {
        var identity: FileIdentity
        var digest: String
    }

    private var known: FilePath { home.layers.appending("digests.json") }

    /// SHA-256 of what a file holds now, 64 hexadecimal digits; of an image whose base is not what it was, no digest that
    /// anything is known by.
    func digest(of file: FilePath) async throws -> String {
        let own = try await ownDigest(of: file)
        guard let base = ImageBase(of: file) else {
            // An image that nobody knows the base of any more; a layer's record has its own.
            guard [home.images, home.parts].contains(where: { file.string.hasPrefix("\($0)/") }),
                QemuImage.hasBackingFile(file)
            else { return own }
            return SHA256.hash(data: Array("\(own) on something unknown".utf8)).hexadecimal
        }
        let found = try await digest(of: FilePath(base.disk))
        if found == base.digest { return own }
        return SHA256.hash(data: Array("\(own) \(found)".utf8)).hexadecimal
    }

    private func ownDigest(of file: FilePath) async throws -> String {
        let identity = try FileIdentity(of: file)
        if let known = digests()[file.string], known.identity == identity { return known.digest }
        let digest = try await offPool { try FileDigest.sha256(file).digest }
        try await note(Known(identity: identity, digest: digest), of: file)
        return digest
    }

    /// Takes the word of whoever has just hashed a file.
    func know(_ digest: String, of file: FilePath) async throws {
        try await note(Known(identity: try FileIdentity(of: file), digest: digest), of: file)
    }

    private func note(_ entry: Known, of file: FilePath) async throws {
        try await locked("noting a digest") {
            var all = digests().filter { Folders.exists(FilePath($0.key)) }
            all[file.string] = entry
            try JSONRecord.write(all, to: known)
        }
    }

    private func digests() -> [String: Known] { JSONRecord.read(known) ?? [:] }
}
