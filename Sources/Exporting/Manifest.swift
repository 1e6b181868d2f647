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
    public var parent: String
    public var components: [Component]
    public var artifacts: [Artifact]
    /// Seconds by stage, and by whose time they were.
    public var timings: [String: Double]

    public init(
        kilnVersion: String, build: String, created: Date, name: String, version: String, digest: String,
        virtualSize: Int64,
        architecture: String, bootMode: String, parent: String, components: [Component], artifacts: [Artifact],
        timings: [String: Double]
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
        self.components = components
        self.artifacts = artifacts
        self.timings = timings
    }

    public var json: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.dateEncodingStrategy = .iso8601
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return try encoder.encode(self)
        }
    }

    public func write(to file: FilePath) throws { try DurableFile.write(try json, to: file) }
}
