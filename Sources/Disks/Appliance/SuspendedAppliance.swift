import Crypto
import Failures
import Foundation
import Glibc
import HostSystem
import SystemPackage

/// An appliance that has booted once, in the cache: its RAM, and the overlay of its root as they were when libguestfs' daemon
/// was about to speak. A session that goes on from it starts in a second instead of a boot; any number may at once.
struct SuspendedAppliance: Sendable {
    let folder: FilePath

    private struct Record: Codable {
        var memory: FileStamp
        var disk: FileStamp
    }

    /// Goes on where another began: libguestfs starts this program for QEMU.
    var program: FilePath { folder.appending("qemu") }
    var memory: FilePath { folder.appending("memory") }
    var disk: FilePath { folder.appending("root.qcow2") }
    private var record: FilePath { folder.appending("record.json") }

    /// The one for this appliance, QEMU and host, where there is one and its files are as they were written.
    static func find(_ settings: ApplianceSettings) -> SuspendedAppliance? {
        guard let folder = place(settings) else { return nil }
        let found = SuspendedAppliance(folder: folder)
        guard let record: Record = JSONRecord.read(found.record) else { return nil }
        guard record.memory == (try? FileStamp(of: found.memory)), record.disk == (try? FileStamp(of: found.disk))
        else {
            found.drop()
            return nil
        }
        return found
    }

    /// Nobody goes on from it any more; who does already is not disturbed.
    func drop() {
        try? Folders.remove(record)
        try? Folders.remove(folder)
    }

    /// Has a folder that is finished found from now on.
    func publish(from draft: FilePath, beside others: FilePath) throws(HostFailure) {
        let made = SuspendedAppliance(folder: draft)
        for file in [made.memory, made.disk] { try DurableFile.sync(file) }
        try JSONRecord.write(
            Record(memory: try FileStamp(of: made.memory), disk: try FileStamp(of: made.disk)), to: made.record)
        for name in try Folders.names(in: others) where others.appending(name) != draft {
            try Folders.remove(others.appending(name))
        }
        try DurableFile.rename(draft, to: folder)
    }

    /// What supermin makes for libguestfs (guestfs_set_cachedir): the disk that its appliance starts from.
    static func root(_ settings: ApplianceSettings) -> FilePath {
        settings.cache.appending(".guestfs-\(geteuid())").appending("appliance.d").appending("root")
    }

    static func all(_ settings: ApplianceSettings) -> FilePath { settings.cache.appending("suspended") }

    /// Named by what it holds for; nil where libguestfs has not made its appliance yet.
    static func place(_ settings: ApplianceSettings) -> FilePath? {
        guard let root = rootUUID(root(settings)), let qemu = HostCommand.locate(qemuName),
            let stamp = try? FileStamp(of: FilePath(qemu))
        else { return nil }
        let processor = settings.acceleration == .kvm ? HostProcessor.description : ""
        let scope = [
            "2", root, qemu, "\(stamp)", ApplianceCheck.libraryVersion, settings.acceleration.rawValue,
            "\(Guestfs.memoryMiB)", processor,
        ]
        let name = SHA256.hash(data: Array(scope.joined(separator: "\0").utf8)).hexadecimal.prefix(16)
        return all(settings).appending(String(name))
    }

    static var qemuName: String {
        #if arch(arm64)
            "qemu-system-aarch64"
        #else
            "qemu-system-x86_64"
        #endif
    }

    /// The file system's own number (ext4's superblock, at 1024: s_uuid at 104), new with each that supermin makes.
    private static func rootUUID(_ file: FilePath) -> String? {
        let descriptor = open(file.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 16)
        guard pread(descriptor, &bytes, bytes.count, 1024 + 104) == bytes.count else { return nil }
        return bytes.hexadecimal
    }
}
