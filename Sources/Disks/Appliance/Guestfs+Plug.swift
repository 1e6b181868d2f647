import CGuestfs
import Failures
import Foundation
import Glibc
import SystemPackage

extension Guestfs {
    /// What an appliance has instead of the disk that it gets later: libguestfs takes drives before the launch only.
    func addPlaceholder() throws(DiskFailure) {
        try run("add a placeholder") { handle in
            var options = guestfs_add_drive_scratch_argv()
            return guestfs_add_drive_scratch_argv(handle, 1 << 20, &options)
        }
        try run("open its monitor") { guestfs_config($0, "-qmp", "unix:\(monitorSocket),server=on,wait=off") }
    }

    private var monitorSocket: FilePath { folder.appending("monitor") }

    /// Has a disk take the placeholder's place, at its address too: it is /dev/sda then, which the names in fstab are looked
    /// for on, and libguestfs' daemon finds its disks by the addresses that there were when it began.
    func plug(_ disk: FilePath, format: String) throws(DiskFailure) {
        var monitor = try QemuMonitor(socket: monitorSocket)
        try monitor.run("device_del", #"{"id":"\#(try Self.placeholder(&monitor))"}"#)
        try wait("the appliance did not let go of its placeholder") { $0.isEmpty }
        // The file is synced as a whole when it is frozen; until then a crash means starting over anyway.
        let file: [String: Any] = [
            "driver": "file", "filename": disk.string, "discard": "unmap", "cache": ["no-flush": true],
        ]
        let node: [String: Any] = [
            "driver": format, "node-name": "kiln", "discard": "unmap", "cache": ["no-flush": true], "file": file,
        ]
        guard let data = try? JSONSerialization.data(withJSONObject: node) else {
            throw DiskFailure(.guestfs, "\(disk) is no name that QEMU takes")
        }
        try monitor.run("blockdev-add", String(decoding: data, as: UTF8.self))
        // The controller is libguestfs's own.
        try monitor.run("device_add", #"{"driver":"scsi-hd","bus":"scsi.0","scsi-id":0,"lun":0,"drive":"kiln"}"#)
        let devices = try wait("the appliance did not see \(disk)") { !$0.isEmpty }
        // Opening it waits for the kernel's look at its partitions.
        _ = try call("open \(disk)") { handle in
            let size = guestfs_blockdev_getsize64(handle, devices[0])
            return size < 0 ? nil : size
        }
    }

    /// Its name in QEMU's tree of objects (QOM): libguestfs gives its devices none. Its drive is the first, "hd0".
    private static func placeholder(_ monitor: inout QemuMonitor) throws(DiskFailure) -> String {
        for index in 0..<16 {
            let path = "/machine/peripheral-anon/device[\(index)]"
            let drive = try? monitor.ask("qom-get", #"{"path":"\#(path)","property":"drive"}"#)
            if drive as? String == "hd0" { return path }
        }
        throw DiskFailure(.guestfs, "the appliance has no placeholder for a disk")
    }

    @discardableResult
    private func wait(_ complaint: String, until isRight: ([String]) -> Bool) throws(DiskFailure) -> [String] {
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            // The daemon fails while there is none at an address that it knows.
            let devices = try? call("list disks") { guestfs_list_devices($0) }
            let names = devices.map(Self.strings) ?? []
            if isRight(names) { return names }
            usleep(20_000)
        }
        throw DiskFailure(.timedOut, "\(complaint) within 60 s")
    }
}
