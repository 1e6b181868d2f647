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

    /// Whether qemu-img finds the file's own structure whole; leaked clusters count as that.
    public static func isSound(_ file: FilePath, format: String = "qcow2") async throws(DiskFailure) -> Bool {
        let output: HostCommand.Output = try await onHost { () async throws(HostFailure) in
            try await command(["check", "-q", "-f", format, file.string], limit: .seconds(600)).output()
        }
        return output.status == 0 || output.status == 3
    }

    /// A qcow2 overlay that reads from `base` what it does not have itself.
    public static func createOverlay(_ overlay: FilePath, on base: FilePath, size: Int64? = nil)
        async throws(DiskFailure)
    {
        let sizes = size.map { ["\($0)"] } ?? []
        try await onHost { () async throws(HostFailure) in
            _ = try await command(
                ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base.string, overlay.string] + sizes
            ).run()
        }
    }

    /// Copies what a chain of overlays shows now into one file of its own: deleted clusters do not come along.
    public static func flatten(_ top: FilePath, format: String = "qcow2", to file: FilePath) async throws(DiskFailure) {
        try await onHost { () async throws(HostFailure) in
            _ = try await command(
                ["convert", "-q", "-f", format, "-O", "qcow2", "-m", "4", "-W", top.string, file.string],
                limit: .seconds(3600)
            ).run()
        }
    }
}
