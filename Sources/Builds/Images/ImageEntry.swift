public import Disks
public import Foundation
import HostSystem
import SystemPackage

/// One image of this home, as `kiln image ls` shows it.
public struct ImageEntry: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable {
        /// From a definition.
        case made
        /// From a disk that a user gave.
        case imported
        /// By a build.
        case built
        /// A file that no record names: its import or build was killed at the very end.
        case unknown
    }

    public var kind: Kind
    public var name: String
    public var version: String?
    /// SHA-256 of the file; of an image made by an older Kiln, the digest of its definition.
    public var digest: String
    /// AVAILABLE, but for what a build that has not ended well left.
    public var state: ImageState
    public var created: Date?
    /// Bytes that the file takes on the host, and those of the disk in it.
    public var size: Int64
    public var virtualSize: Int64
    /// What it was made from: a parent image, a file, a definition.
    public var parent: String?
    public var parentDigest: String?
    public var system: InspectedSystem?
    public var agent: AgentState?
    public var bootModes: [DiskContents.BootMode]?
    /// The build that made it.
    public var build: String?
    public var disk: String

    var folder: FilePath { FilePath(disk).removingLastComponent() }
}
