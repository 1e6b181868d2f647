import Failures
public import Foundation
import HostSystem
public import SystemPackage

/// What a base image's folder says of it beside its disk: its folder's name is only the digest of its definition.
public struct BaseImageRecord: Sendable, Codable, Equatable {
    public var name: String
    /// SHA-256 of the disk's file.
    public var digest: String
    public var created: Date

    private static let file = "base.json"

    /// Nil for an image of a Kiln that kept no record.
    public static func load(_ folder: FilePath) -> BaseImageRecord? {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let bytes = try? Folders.read(folder.appending(file))
        return bytes.flatMap { try? decoder.decode(BaseImageRecord.self, from: Data($0)) }
    }

    func save(_ folder: FilePath) throws(DiskFailure) {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        do {
            try DurableFile.write(Array(try encoder.encode(self)), to: folder.appending(Self.file))
        } catch let failure as HostFailure {
            throw DiskFailure(failure)
        } catch {
            throw DiskFailure(.commandFailed, "cannot write the record of \(name): \(error)", cause: error)
        }
    }
}
