public import Failures
import HostSystem
public import SystemPackage

/// A disk image that a user gives, as far as it can be judged without starting an appliance.
public struct SourceDisk: Sendable {
    /// Absolute: qemu-img would take "a:b" for a protocol.
    public let path: FilePath
    let format: DiskFormat
    public var formatName: String { format.rawValue }
    /// The image's files: one, but for a VMDK whose descriptor names its extents.
    let files: [FilePath]
    private let identities: [SourceFile.Identity]

    /// What a program that reads headers would have to trust is checked here first; then qemu-img checks the tables.
    ///
    /// - Throws: `DiskFailure`: `notADisk`, `dependsOnOthers`, `inUse`, `unsupportedSystem`; `commandFailed`, `cancelled`,
    ///   `timedOut` of qemu-img itself.
    public static func examine(_ given: FilePath) async throws(DiskFailure) -> SourceDisk {
        let path = given.isAbsolute ? given : FilePath(KilnHome.currentDirectory).pushing(given)
        let disk = try await offPool { () throws(DiskFailure) in try SourceDisk(path) }
        if disk.format != .raw { try await QemuImage.check(disk.path, format: disk.format.rawValue) }
        return disk
    }

    private init(_ path: FilePath) throws(DiskFailure) {
        let file = try SourceFile(path)
        let name = path.lastComponent?.string ?? path.string
        guard file.size > 0 else {
            throw DiskFailure(.notADisk, "\(name) is empty", hint: "copy or download it again")
        }
        let head = try file.read(DiskFormat.headLength, at: 0)
        let tail = try file.read(DiskFormat.tailLength, at: file.size - min(file.size, UInt64(DiskFormat.tailLength)))
        switch DiskFormat.detect(head: head, tail: tail) {
        case .foreign(let foreign):
            throw DiskFailure(
                .notADisk, "\(name) is \(foreign.name)", hint: foreign.mend.replacing("FILE", with: path.string))
        case .format(let format):
            self.format = format
            self.path = path
            var extents: [SourceFile] = []
            switch format {
            case .qcow2: try Qcow2Header(head, of: name).check(file)
            case .vmdk: extents = try VMDKImage(file, head, name: name).check()
            case .raw:
                _ = try DiskLayout.check(try file.read(DiskLayout.headLength, at: 0), size: file.size, of: name)
            }
            files = [path] + extents.map(\.path)
            identities = [file.identity] + extents.map(\.identity)
        }
    }

    /// Whether the files are still those that were examined.
    func checkUnchanged() throws(DiskFailure) {
        for (path, identity) in zip(files, identities) where try SourceFile(path).identity != identity {
            throw DiskFailure(
                .inUse, "\(path) has been changed while it was imported", hint: "shut down what uses it, and try again")
        }
    }
}
