import CGuestfs
import Failures
import Foundation
import Glibc
import HostSystem
import Synchronization
import SystemPackage

/// An appliance that starts while the disk it is for is still a guest's: its start is half of what a short session costs.
/// It goes on from where another was suspended, or boots where there is none (`SuspendedAppliance`).
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
        launch = Task { await Self.launch(settings, folder, process) }
    }

    /// Whether one need not boot, but goes on from where another was suspended.
    public static func canResume(_ settings: ApplianceSettings) -> Bool { SuspendedAppliance.find(settings) != nil }

    /// One that need not boot; nil otherwise.
    convenience init?(resumedBy settings: ApplianceSettings) {
        guard Self.canResume(settings) else { return nil }
        self.init(settings: settings)
    }

    private static func launch(
        _ settings: ApplianceSettings, _ folder: FilePath, _ process: ApplianceProcess
    ) async -> Result<Launched, DiskFailure> {
        var suspended = SuspendedAppliance.find(settings)
        if suspended == nil, !process.wasEnded { suspended = await SuspendedAppliance.make(settings) }
        if let suspended, !process.wasEnded {
            do throws(DiskFailure) {
                return .success(try await resume(suspended, settings, folder, process))
            } catch {
                // Whatever is the matter with it, a boot does without.
                if !process.wasEnded { suspended.drop() }
            }
        }
        return await offPool {
            Result { () throws(DiskFailure) in
                try onHost { () throws(HostFailure) in try Folders.create(folder, permissions: 0o700) }
                return Launched(guestfs: try start(settings, folder, process))
            }
        }
    }

    /// An appliance that answers within a minute, or none.
    private static func resume(
        _ suspended: SuspendedAppliance, _ settings: ApplianceSettings, _ folder: FilePath, _ process: ApplianceProcess
    ) async throws(DiskFailure) -> Launched {
        let timer = Task {
            try await Task.sleep(for: .seconds(60))
            process.endLaunch()
        }
        defer { timer.cancel() }
        return try await offPool { () throws(DiskFailure) in
            Launched(guestfs: try start(settings, folder, process, program: suspended.program))
        }
    }

    /// - Parameter program: to be started for QEMU.
    private static func start(
        _ settings: ApplianceSettings, _ folder: FilePath, _ process: ApplianceProcess, program: FilePath? = nil
    ) throws(DiskFailure) -> Guestfs {
        let guestfs = try Guestfs.configured(settings, folder)
        do throws(DiskFailure) {
            if let program { try guestfs.start(by: program) }
            try guestfs.addPlaceholder()
            try guestfs.launch(process)
            if program != nil { try renew(guestfs) }
            return guestfs
        } catch {
            guestfs.close()
            if program == nil || process.wasEnded { process.finished() }
            throw error
        }
    }

    /// One that goes on has the time and the random numbers of when it was suspended.
    private static func renew(_ guestfs: Guestfs) throws(DiskFailure) {
        let script = "date -s @\(Int(Date().timeIntervalSince1970)); dd if=/dev/hwrng of=/dev/urandom bs=256 count=1"
        let words = [strdup(script), nil]
        defer { for word in words { free(word) } }
        let said = try guestfs.call("set its clock") { handle in
            var list = words
            return guestfs_debug(handle, "sh", &list)
        }
        free(said)
    }

    /// Ends it without use; does nothing after a use.
    public func discard() async {
        guard take() else { return }
        // A launch that is cut short may leave what libguestfs had begun: only ^C does not wait for it.
        for _ in 0..<200 where !Task.isCancelled && process.isLaunching {
            try? await Task.sleep(for: .milliseconds(100))
        }
        process.end()
        launch.cancel()
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
            let outcome = await withTaskCancellationHandler {
                await launch.value
            } onCancel: {
                launch.cancel()
            }
            return try await offPool { () throws(DiskFailure) in
                let guestfs: Guestfs
                do throws(DiskFailure) { guestfs = try outcome.get().guestfs } catch {
                    try? Folders.remove(folder)
                    throw error
                }
                guestfs.quieten()
                defer { guestfs.close() }
                try guestfs.plug(disk, format: format)
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

    /// What the appliance may use, and as much for everything else.
    private static let wantedMemory = 2 * Int(Guestfs.memoryMiB) << 20

    private static func availableMemory() -> Int {
        let text = (try? Folders.read("/proc/meminfo")).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let line = text.split(separator: "\n").first { $0.hasPrefix("MemAvailable:") }
        return (line.flatMap { Int($0.filter(\.isNumber)) } ?? 0) << 10
    }
}
