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
        JSONRecord.read(folder.appending(file))
    }

    func save(_ folder: FilePath) throws(DiskFailure) {
        do { try JSONRecord.write(self, to: folder.appending(Self.file)) } catch { throw DiskFailure(error) }
    }
}
