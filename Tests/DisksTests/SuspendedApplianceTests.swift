import CGuestfs
import Failures
import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Disks

/// The real appliance, suspended and resumed, in a cache of the test's own that shares the appliance's files.
@Suite(.serialized, .enabled(if: Appliance.isThere)) struct SuspendedApplianceTests {
    private func withCache(_ body: (ApplianceSettings) async throws -> Void) async throws {
        // The appliance is there already where anything has used libguestfs; here it is made sure of.
        try await ApplianceCheck.run(settings: Appliance.settings)
        let cache = Appliance.settings.cache.removingLastComponent().appending("test-\(UUID().uuidString.prefix(8))")
        try Folders.create(cache)
        defer { try? Folders.remove(cache) }
        let shared = Appliance.settings.cache.appending(".guestfs-\(geteuid())")
        try await HostCommand("cp", ["-al", shared.string, cache.string]).run()
        var settings = Appliance.settings
        settings.cache = cache
        try await body(settings)
    }

    /// Writes a file through an appliance.
    ///
    /// - Returns: the seconds that the appliance's clock is off.
    private func write(_ name: String, to disk: FilePath, _ warm: WarmAppliance?, _ settings: ApplianceSettings)
        async throws -> Double
    {
        let seconds = try await Guestfs.session(
            disk: disk, format: "qcow2", settings: settings, warm: warm, mayResume: true
        ) {
            (guestfs) throws(DiskFailure) in
            let device = Guestfs.strings(try guestfs.call("list disks") { guestfs_list_devices($0) }).last ?? ""
            try guestfs.run("mount") { guestfs_mount($0, device, "/") }
            try guestfs.run("write") { guestfs_write($0, "/\(name)", "text", 4) }
            let stat = try guestfs.call("look") { guestfs_statns($0, "/\(name)") }
            defer { guestfs_free_statns(stat) }
            return stat.pointee.st_mtime_sec
        }
        return abs(Double(seconds) - Date().timeIntervalSince1970)
    }

    private func names(_ disk: FilePath, _ scratch: Scratch) async throws -> String {
        let raw = scratch.path("read.raw")
        try await scratch.run("qemu-img", ["convert", "-O", "raw", disk.string, raw.string])
        return try await scratch.run("debugfs", ["-R", "ls -p /", raw.string])
    }

    @Test("Two sessions at once go on from one suspended appliance, with the right time, and what they wrote is there")
    func resumes() async throws {
        try await withCache { settings in
            try await Scratch.with { scratch in
                let raw = try await scratch.fileSystem()
                let disks = [
                    try await scratch.convert(raw, to: "1.qcow2", "-O", "qcow2"),
                    try await scratch.convert(raw, to: "2.qcow2", "-O", "qcow2"),
                ]
                let made = try #require(await SuspendedAppliance.make(settings))
                #expect(SuspendedAppliance.find(settings)?.folder == made.folder)
                // A clock that goes on from the past would show.
                try await Task.sleep(for: .seconds(4))
                async let first = write("first", to: disks[0], nil, settings)
                async let second = write("second", to: disks[1], WarmAppliance(settings: settings), settings)
                for off in try await [first, second] { #expect(off < 3) }
                #expect(try await names(disks[0], scratch).contains("/first/"))
                #expect(try await names(disks[1], scratch).contains("/second/"))
                #expect(WarmAppliance.canResume(settings), "it serves again")

                // Whose fstab names the disk.
                try scratch.fakeLinux("system")
                try scratch.put("root/.bash_history", in: "system", "secret")
                let system = try await scratch.convert(
                    try await scratch.fileSystem("system.raw", mebibytes: 64, from: "system"), to: "3.qcow2", "-O",
                    "qcow2")
                let report = try await ImageFinisher.finish(
                    disk: system, workingDirectory: "/tmp", settings: settings)
                #expect(report.system.mounts.map(\.device) == ["/dev/sda"])
                #expect(report.cleaned > 0)
                let left = try Folders.names(in: settings.cache.appending("suspended"))
                #expect(left == [made.folder.lastComponent?.string])
            }
        }
    }

    @Test("RAM that was changed is not looked at, and RAM that cannot be restored costs a boot, not the session")
    func damaged() async throws {
        try await withCache { settings in
            try await Scratch.with { scratch in
                let disk = try await scratch.convert(try await scratch.fileSystem(), to: "1.qcow2", "-O", "qcow2")
                let made = try #require(await SuspendedAppliance.make(settings))
                // Not what QEMU wrote, but recorded as if it were.
                let draft = settings.cache.appending("suspended").appending("other")
                try await scratch.run("cp", ["-a", made.folder.string, draft.string])
                try DurableFile.write(Array("no RAM".utf8), to: draft.appending("memory"))
                made.drop()
                try made.publish(from: draft, beside: settings.cache.appending("suspended"))
                #expect(WarmAppliance.canResume(settings))
                _ = try await write("file", to: disk, WarmAppliance(settings: settings), settings)
                #expect(try await names(disk, scratch).contains("/file/"))
                #expect(!WarmAppliance.canResume(settings), "it is not tried again")

                let again = try #require(await SuspendedAppliance.make(settings))
                try await scratch.run("truncate", ["-s", "+1", again.memory.string])
                #expect(!WarmAppliance.canResume(settings))
                #expect(!Folders.exists(again.folder))
            }
        }
    }
}
