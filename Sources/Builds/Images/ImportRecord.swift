public import Disks
import Failures
public import Foundation
import HostSystem
import SystemPackage

/// Which image an imported name stands for, kept as `imports/NAME.json`; written last, so that what it names is there.
public struct ImportRecord: Sendable, Codable, Equatable {
    public var name: String
    /// SHA-256 of the image's file: the folder it lies in.
    public var digest: String
    /// Bytes of the file, and of the disk in it.
    public var size: Int64
    public var virtualSize: Int64
    /// The file it came from, its format and SHA-256.
    public var source: String
    public var sourceFormat: String
    public var sourceDigest: String
    public var imported: Date
    public var contents: DiskContents
}
