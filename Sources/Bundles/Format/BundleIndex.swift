import Failures
public import Foundation
import HostSystem
public import SystemPackage

/// `bundle.json`: what a bundle is of, and what it holds. The signature covers it, and so each member by its digest.
public struct BundleIndex: Sendable, Codable, Equatable {
    /// The image, with what it was made of.
    public struct Image: Sendable, Codable, Equatable {
        public var name: String
        public var version: String?
        /// SHA-256 of the disk's qcow2 file, 64 hexadecimal digits.
        public var digest: String
        /// Bytes of the disk that a guest sees.
        public var virtualSize: Int64
        /// For people: "debian 12.15".
        public var system: String?
        public var created: Date?
        /// The build that made it, and how it was made.
        public var build: String?
        public var parent: String?
        public var parentDigest: String?
        public var components: [Component]

        public init(
            name: String, version: String?, digest: String, virtualSize: Int64, system: String?, created: Date?,
            build: String?, parent: String?, parentDigest: String?, components: [Component]
        ) {
            (self.name, self.version, self.digest, self.virtualSize) = (name, version, digest, virtualSize)
            (self.system, self.created, self.build) = (system, created, build)
            (self.parent, self.parentDigest, self.components) = (parent, parentDigest, components)
        }
    }

    public struct Component: Sendable, Codable, Equatable {
        public var name: String
        public var version: String
        /// SHA-256 of the document.
        public var document: String

        public init(name: String, version: String, document: String) {
            (self.name, self.version, self.document) = (name, version, document)
        }
    }

    /// What a member is; they lie in this order.
    public enum Role: String, Sendable, Codable, CaseIterable {
        case manifest
        case sbom
        case document
        case log
        /// The image itself; there is one.
        case disk
        case artifact
    }

    public struct Member: Sendable, Codable, Equatable {
        /// Relative, with slashes.
        public var path: String
        public var role: Role
        /// Bytes.
        public var size: Int64
        /// 64 hexadecimal digits.
        public var sha256: String
        /// True where secret values of a document were replaced.
        public var masked: Bool?
    }

    public var format = Self.format
    public var formatVersion = Self.formatVersion
    public var kilnVersion: String
    public var image: Image
    public var members: [Member]

    static let format = "kiln-bundle"
    static let formatVersion = 1
    static let file = "bundle.json"
    static let signatureFile = "bundle.json.sig"
    /// Bytes; some hundred thousand members.
    static let longest = 64 << 20

    init(kilnVersion: String, image: Image, members: [Member]) {
        (self.kilnVersion, self.image, self.members) = (kilnVersion, image, members)
    }

    /// What tells of an image that has come in a bundle, beside the image: nil where there is none that can be read.
    public static func read(beside disk: FilePath) -> BundleIndex? {
        (try? Folders.read(disk.removingLastComponent().appending(file))).flatMap { try? BundleIndex($0) }
    }

    public var disk: Member? { members.first { $0.role == .disk } }

    var bytes: [UInt8] {
        get throws(BundleFailure) {
            do { return Array(try JSONRecord.encoder.encode(self)) + [UInt8(ascii: "\n")] } catch {
                throw BundleFailure(.failed, "cannot encode bundle.json: \(error)", cause: error)
            }
        }
    }
}
