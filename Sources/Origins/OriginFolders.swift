import Components
import Failures
import Foundation
import SystemPackage

/// Which folder of the host stands for which bucket or web server. The longest prefix that fits is the one.
struct OriginFolders: Sendable {
    private struct Mapping: Sendable {
        /// "s3", or the scheme, host and port of a URL.
        var origin: String
        var prefix: [String]
        var folder: FilePath
    }

    private let mappings: [Mapping]

    init(_ folders: [String: FilePath]) throws(OriginFailure) {
        var mappings: [Mapping] = []
        for (text, folder) in folders {
            let mapping: Mapping
            if let address = S3Address(text) {
                mapping = Mapping(
                    origin: "s3://\(address.bucket)", prefix: Self.components(address.key), folder: folder)
            } else if let (origin, path) = Self.split(text) {
                mapping = Mapping(origin: origin, prefix: Self.components(path), folder: folder)
            } else {
                throw OriginFailure(
                    .badAddress, "\"\(text)\" is nothing that a folder can stand for",
                    hint: "s3://bucket, s3://bucket/prefix or https://host/path")
            }
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: folder.string, isDirectory: &isFolder), isFolder.boolValue
            else {
                throw OriginFailure(.badAddress, "the folder \(folder), which stands for \(text), does not exist")
            }
            mappings.append(mapping)
        }
        self.mappings = mappings.sorted { $0.prefix.count > $1.prefix.count }
    }

    func folder(for address: S3Address) -> OriginFolder? {
        folder("s3://\(address.bucket)", Self.components(address.key)).map { mapping in
            OriginFolder(folder: mapping.folder, prefix: mapping.prefix)
        }
    }

    /// - Returns: the folder, and the URL's path, its percent-encoding resolved.
    func folder(forURL url: String) throws(OriginFailure) -> (OriginFolder, path: String)? {
        guard let (origin, path) = Self.split(url) else {
            throw OriginFailure(.badAddress, "\"\(ShownURL.text(url))\" is no http:// or https:// URL")
        }
        return folder(origin, Self.components(path)).map {
            (OriginFolder(folder: $0.folder, prefix: $0.prefix), path)
        }
    }

    private func folder(_ origin: String, _ components: [String]) -> Mapping? {
        mappings.first { $0.origin == origin && components.starts(with: $0.prefix) }
    }

    static func components(_ path: String) -> [String] { path.split(separator: "/").map(String.init) }

    /// A URL's scheme, host and port, and its path.
    private static func split(_ url: String) -> (origin: String, path: String)? {
        guard let parts = URLComponents(string: url), let scheme = parts.scheme?.lowercased(),
            scheme == "http" || scheme == "https", let host = parts.host?.lowercased(), !host.isEmpty
        else { return nil }
        let port = parts.port ?? (scheme == "https" ? 443 : 80)
        return ("\(scheme)://\(host):\(port)", parts.path)
    }
}
