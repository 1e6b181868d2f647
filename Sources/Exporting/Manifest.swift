public import Foundation
import HostSystem
public import SystemPackage

/// What was made, of what, and how long it took: `manifest.json` beside the artifacts.
public struct Manifest: Sendable, Codable {
    public struct Component: Sendable, Codable {
        public var name: String
        public var version: String
        /// SHA-256 of the document.
        public var document: String

        public init(name: String, version: String, document: String) {
            self.name = name
            self.version = version
            self.document = document
        }
    }

    /// Where an artifact is in S3, and how it was compared with the file. Nothing here lets anybody in.
    public struct Upload: Sendable, Codable, Equatable {
        /// The artifact's.
        public var file: String
        public var bucket: String
        public var key: String
        public var region: String
        /// The server's host, with the port where it is not the scheme's own.
        public var endpoint: String
        /// Bytes.
        public var size: Int64
        /// CRC-64/NVME of the whole object, base64, as S3 spells it.
        public var crc64NVME: String
        public var etag: String
        /// Where the bucket keeps versions.
        public var versionID: String?
        /// What was compared: the server's checksum, its ETag, or the content read back.
        public var verification: String

        public init(
            file: String, bucket: String, key: String, region: String, endpoint: String, size: Int64,
            crc64NVME: String, etag: String, versionID: String?, verification: String
        ) {
            self.file = file
            self.bucket = bucket
            self.key = key
            self.region = region
            self.endpoint = endpoint
            self.size = size
            self.crc64NVME = crc64NVME
            self.etag = etag
            self.versionID = versionID
            self.verification = verification
        }
    }

    public var kilnVersion: String
    public var build: String
    public var created: Date
    public var name: String
    public var version: String
    /// SHA-256 of the frozen qcow2 image.
    public var digest: String
    /// Bytes of the disk that a guest sees.
    public var virtualSize: Int64
    public var architecture: String
    /// As EC2's RegisterImage takes it: legacy-bios or uefi.
    public var bootMode: String
    /// As the recipe names it.
    public var parent: String
    /// SHA-256 of the parent's qcow2 file.
    public var parentDigest: String?
    public var components: [Component]
    public var artifacts: [Artifact]
    public var uploads: [Upload]
    /// Seconds by stage, and by whose time they were.
    public var timings: [String: Double]

    public init(
        kilnVersion: String, build: String, created: Date, name: String, version: String, digest: String,
        virtualSize: Int64,
        architecture: String, bootMode: String, parent: String, parentDigest: String?, components: [Component],
        artifacts: [Artifact], uploads: [Upload], timings: [String: Double]
    ) {
        self.kilnVersion = kilnVersion
        self.build = build
        self.created = created
        self.name = name
        self.version = version
        self.digest = digest
        self.virtualSize = virtualSize
        self.architecture = architecture
        self.bootMode = bootMode
        self.parent = parent
        self.parentDigest = parentDigest
        self.components = components
        self.artifacts = artifacts
        self.uploads = uploads
        self.timings = timings
    }

    public var json: Data { get throws { try JSONRecord.encoder.encode(self) } }

    public func write(to file: FilePath) throws { try DurableFile.write(try json, to: file) }
}
