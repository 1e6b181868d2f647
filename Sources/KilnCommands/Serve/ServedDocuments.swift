import AWSClient
import Foundation
import HostSystem
import ImageBuilderAPI
import SystemPackage

/// Documents that requests name: s3:// with the keys that this machine's user has, file:// for callers on this machine.
struct ServedDocuments: DocumentSource {
    /// Whoever calls from elsewhere has no business with this machine's files.
    let readsFiles: Bool

    private struct Refusal: Error, CustomStringConvertible {
        let description: String
    }

    func text(at uri: String, limit: Int) async throws -> String {
        let bytes: [UInt8]
        if uri.hasPrefix("s3://") {
            bytes = try await object(try S3Location(parsing: uri), limit)
        } else if uri.hasPrefix("file:///"), readsFiles {
            bytes = try file(FilePath(String(uri.dropFirst("file://".count))), limit)
        } else {
            throw Refusal(
                description: readsFiles
                    ? "expected s3://BUCKET/KEY or file:///PATH"
                    : "expected s3://BUCKET/KEY, as others can reach this server")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw Refusal(description: "it is not UTF-8") }
        return text
    }

    private func file(_ path: FilePath, _ limit: Int) throws -> [UInt8] {
        // A pipe or a device would never end.
        guard path.isLexicallyNormal, !Folders.isFolder(path), let size = try? FileStamp(of: path).bytes, size > 0
        else {
            throw Refusal(description: "there is no such file, or it is empty")
        }
        guard size <= limit else { throw Refusal(description: "it has \(size) bytes; \(limit) are taken") }
        return try Folders.read(path)
    }

    private func object(_ location: S3Location, _ limit: Int) async throws -> [UInt8] {
        let folder = FilePath(NSTemporaryDirectory()).appending("kiln-serve-\(UUID().uuidString)")
        try Folders.create(folder, permissions: 0o700)
        defer { try? Folders.remove(folder) }
        let settings = try AWSSettings(environment: ProcessInfo.processInfo.environment)
        return try await withDeadline(.seconds(30), for: "\(location)") {
            try await S3Client.with(settings) { s3 in
                let size = try await s3.headObject(location).size
                guard size <= limit else { throw Refusal(description: "it has \(size) bytes; \(limit) are taken") }
                try await s3.download(location, to: folder.appending("document"))
            }
            return try Folders.read(folder.appending("document"))
        }
    }
}
