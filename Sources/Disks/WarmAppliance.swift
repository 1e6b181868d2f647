import CGuestfs
import Failures
import Foundation
import Glibc
import HostSystem
import Synchronization
import SystemPackage

/// An appliance that boots while the disk it is for is still a guest's: its start is half of what a short session costs.
///
/// libguestfs takes drives before the launch only. This one is launched with an empty placeholder, and gets the disk
/// through QEMU's own monitor, as a SCSI disk that is plugged in.
public final class WarmAppliance: Sendable {
    /// Used by one thread after the other.
    private struct Launched: @unchecked Sendable {
        let guestfs: Guestfs
    }

    private let settings: ApplianceSettings
    private let process: ApplianceProcess
    private let folder: FilePath
    private let launch: Task<Result<Launched, DiskFailure>, Never>
    private let isUsed = Mutex(false)

    /// Starts one, which has to be used (`Guestfs.session`) or discarded; nil where there is no room for it beside a guest.
    public init?(settings: ApplianceSettings) {
        guard Self.availableMemory() > Self.wantedMemory, let folder = try? RunFolder.make() else { return nil }
        let process = ApplianceProcess(mark: folder.string)
        self.settings = settings
        self.process = process
        self.folder = folder
        launch = Task {
            await offPool {
                Result { () throws(DiskFailure) in
                    let guestfs = try Guestfs.configured(settings, folder)
                    do throws(DiskFailure) {
                        try guestfs.run("add a placeholder") { handle in
                            var options = guestfs_add_drive_scratch_argv()
                            return guestfs_add_drive_scratch_argv(handle, 1 << 20, &options)
                        }
                        try guestfs.run("open its monitor") {
                            guestfs_config($0, "-qmp", "unix:\(folder)/monitor,server=on,wait=off")
                        }
                        try guestfs.launch(process)
                    } catch {
                        guestfs.close()
                        process.finished()
                        throw error
                    }
                    return Launched(guestfs: guestfs)
                }
            }
        }
    }

    /// Ends it without use; does nothing after a use.
    public func discard() async {
        guard take() else { return }
        // A launch that is cut short may leave what libguestfs had begun: only ^C does not wait for it.
        for _ in 0..<200 where !Task.isCancelled && process.isLaunching {
            try? await Task.sleep(for: .milliseconds(100))
        }
        process.end()
        let outcome = await launch.value
        await offPool { [folder, process] in
            if case .success(let launched) = outcome { launched.guestfs.close() }
            process.finished()
            try? Folders.remove(folder)  // Where there has been no handle.
        }
    }

    /// As `Guestfs.session`.
    func use<Value: Sendable>(
        disk: FilePath, format: String, _ body: @escaping @Sendable (Guestfs) throws(DiskFailure) -> Value
    ) async throws(DiskFailure) -> Value {
        guard take() else { throw DiskFailure(.guestfs, "the appliance has been used already") }
        return try await process.bounded(settings, disk) { [launch, folder, process] () async throws(DiskFailure) in
            let outcome = await launch.value
            return try await offPool { () throws(DiskFailure) in
                let guestfs: Guestfs
                do throws(DiskFailure) { guestfs = try outcome.get().guestfs } catch {
                    try? Folders.remove(folder)
                    throw error
                }
                guestfs.quieten()
                defer { guestfs.close() }
                try Self.plug(disk, format, guestfs, folder.appending("monitor"))
                return try guestfs.finish(process, disk, body)
            }
        }
    }

    private func take() -> Bool {
        isUsed.withLock { isUsed in
            defer { isUsed = true }
            return !isUsed
        }
    }

    private static func plug(
        _ disk: FilePath, _ format: String, _ guestfs: Guestfs, _ socket: FilePath
    ) throws(DiskFailure) {
        let before = Guestfs.strings(try guestfs.call("list disks") { guestfs_list_devices($0) })
        var monitor = try QemuMonitor(socket: socket)
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
        // The controller is libguestfs's own; its disks count from 0.
        try monitor.run("device_add", #"{"driver":"scsi-hd","bus":"scsi.0","scsi-id":64,"lun":0,"drive":"kiln"}"#)
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            let now = Guestfs.strings(try guestfs.call("list disks") { guestfs_list_devices($0) })
            guard let device = now.first(where: { !before.contains($0) }) else {
                usleep(20_000)
                continue
            }
            // Opening it waits for the kernel's look at its partitions.
            _ = try guestfs.call("open \(disk)") { handle in
                let size = guestfs_blockdev_getsize64(handle, device)
                return size < 0 ? nil : size
            }
            return
        }
        throw DiskFailure(.timedOut, "the appliance did not see \(disk) within 60 s")
    }

    /// What the appliance may use, and as much for everything else.
    private static let wantedMemory = 2 * Int(Guestfs.memoryMiB) << 20

    private static func availableMemory() -> Int {
        let text = (try? Folders.read("/proc/meminfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) << 10
    }
}
