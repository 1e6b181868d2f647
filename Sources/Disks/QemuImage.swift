public import Failures
import Foundation
import HostSystem
public import SystemPackage

/// Disk images through qemu-img.
public enum QemuImage {
    /// What `qemu-img info` says.
    public struct Information: Sendable, Equatable {
        public var format: String
        public var virtualSize: Int64
        public var backingFile: String?
        public var hasDataFile: Bool
    }

    private static func command(_ arguments: [String], limit: Duration = .seconds(60)) -> HostCommand {
        HostCommand("qemu-img", arguments, limit: limit, package: "qemu-utils")
    }

    public static func information(_ file: FilePath, format: String? = nil) async throws(DiskFailure) -> Information {
        let chosen = format.map { ["-f", $0] } ?? []
        let output: HostCommand.Output = try await onHost { () async throws(HostFailure) in
            try await command(["info", "--output=json", "-U"] + chosen + [file.string]).output()
        }
        guard output.status == 0,
            let json = try? JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8)) as? [String: Any],
            let format = json["format"] as? String, let size = (json["virtual-size"] as? NSNumber)?.int64Value
        else {
            let said = output.standardError.split(separator: "\n").last.map { ": \($0)" } ?? ""
            throw DiskFailure(.notADisk, "\(file) is not a disk image that qemu-img can read\(said)")
        }
        let specific = (json["format-specific"] as? [String: Any])?["data"] as? [String: Any]
        return Information(
            format: format, virtualSize: size, backingFile: json["backing-filename"] as? String,
            hasDataFile: specific?["data-file"] != nil)
    }

    /// The size of the disk that a qcow2 file holds, from its header; nil where it is none.
    public static func virtualSize(ofQcow2 file: FilePath) -> Int64? {
        guard let source = try? SourceFile(file), let head = try? source.read(32, at: 0),
            head.has([0x51, 0x46, 0x49, 0xFB])
        else { return nil }
        return head.bigEndian(24)
    }

    /// Whether a qcow2 file reads from another, by its header.
    public static func hasBackingFile(_ file: FilePath) -> Bool {
        guard let source = try? SourceFile(file), let head = try? source.read(32, at: 0),
            head.has([0x51, 0x46, 0x49, 0xFB])
        else { return false }
        return head.bigEndian(8) != 0
    }

    /// Has qemu-img walk the image's tables.
    ///
    /// - Throws: `DiskFailure`: `notADisk` where they are damaged or name what lies beyond the end of the file, `inUse`.
    static func check(_ file: FilePath, format: String) async throws(DiskFailure) {
        let name = file.lastComponent?.string ?? file.string
        let output: HostCommand.Output = try await onHost { () async throws(HostFailure) in
            try await command(["check", "-q", "-f", format, file.string], limit: .seconds(900)).output()
        }
        let said = output.standardError.split(separator: "\n").map(String.init)
        switch output.status {
        // 3: clusters that nothing uses, which costs space only. 63: the format has no check.
        case 0, 3, 63: return
        case 2,
            1 where said.first?.hasPrefix("ERROR") == true:
            throw DiskFailure(
                .notADisk, "\(name) is damaged or cut short: \(said.first ?? "its tables are wrong")",
                hint: "copy or download it again, and compare its checksum")
        default:
            let reason = said.last.map { ": \($0)" } ?? ""
            if said.contains(where: { $0.contains("lock") }) {
                throw DiskFailure(.inUse, "\(name) is in use by another program", hint: "shut its guest down first")
            }
            throw DiskFailure(
                .notADisk, "qemu-img cannot read \(name) as \(format)\(reason)",
                hint: "copy or download it again, and compare its checksum")
        }
    }

    /// A qcow2 overlay that reads from `base` what it does not have itself.
    public static func createOverlay(
        _ overlay: FilePath, on base: FilePath, format: String = "qcow2", size: Int64? = nil
    ) async throws(DiskFailure) {
        let sizes = size.map { ["\($0)"] } ?? []
        try await onHost { () async throws(HostFailure) in
            _ = try await command(
                ["create", "-q", "-f", "qcow2", "-F", format, "-b", base.string, overlay.string] + sizes
            ).run()
        }
    }

    /// A qcow2 overlay on a file that will have that name by the time the overlay is read through it.
    public static func createOverlay(_ overlay: FilePath, onFuture base: FilePath, size: Int64)
        async throws(DiskFailure)
    {
        try await onHost { () async throws(HostFailure) in
            _ = try await command(
                ["create", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", base.string, overlay.string, "\(size)"]
            ).run()
        }
    }

    /// Makes one overlay on a parent of all the overlays that lie on it.
    ///
    /// - Parameters:
    ///   - top: the uppermost, which lies on nothing but the parent afterwards; nothing else may use it.
    ///   - file: shows the same, without the clusters that were given back.
    static func merge(_ top: FilePath, on parent: FilePath, to file: FilePath) async throws(DiskFailure) {
        let backing = ["-F", "qcow2", top.string]
        try await onHost { () async throws(HostFailure) in
            // It copies from the overlays in between only; what the parent has stays there.
            _ = try await command(
                ["rebase", "-q", "-f", "qcow2", "-b", parent.string] + backing, limit: .seconds(3600)
            ).run()
            _ = try await command(
                ["convert", "-q", "-f", "qcow2", "-O", "qcow2", "-B", parent.string] + backing + [file.string],
                limit: .seconds(3600)
            ).run()
        }
    }

    /// Has an overlay read from another file that shows the same as the one below it.
    static func relink(_ overlay: FilePath, on other: FilePath) async throws(DiskFailure) {
        try await onHost { () async throws(HostFailure) in
            _ = try await command(
                ["rebase", "-q", "-u", "-f", "qcow2", "-b", other.string, "-F", "qcow2", overlay.string],
                limit: .seconds(60)
            ).run()
        }
    }

    /// Copies what a chain of overlays shows now into one file of its own: deleted clusters do not come along.
    ///
    /// - Parameter inOrder: slower, but the same disk always makes the same file.
    public static func flatten(
        _ top: FilePath, format: String = "qcow2", to file: FilePath, inOrder: Bool = false
    ) async throws(DiskFailure) {
        let order = inOrder ? [] : ["-m", "4", "-W"]
        try await onHost { () async throws(HostFailure) in
            _ = try await command(
                ["convert", "-q", "-f", format, "-O", "qcow2"] + order + [top.string, file.string],
                limit: .seconds(3600)
            ).run()
        }
    }
}
