import CGuestfs
import Failures
import Glibc
import HostSystem
public import SystemPackage

/// How the appliance runs; the answer of the same probe that decides for guests.
public enum ApplianceAcceleration: String, Sendable { case kvm, tcg }

/// What every appliance of a run shares.
public struct ApplianceSettings: Sendable {
    public var acceleration: ApplianceAcceleration
    /// Keeps the appliance itself, which libguestfs makes once from the host's packages.
    public var cache: FilePath
    /// The longest that one whole session may take.
    public var limit: Duration

    public init(acceleration: ApplianceAcceleration, cache: FilePath, limit: Duration = .seconds(600)) {
        self.acceleration = acceleration
        self.cache = cache
        self.limit = limit
    }
}

extension Guestfs {
    /// Launches the appliance with one disk, runs `body` on a thread of its own, and shuts it down in order: data are on
    /// the disk when this returns. Cancelled or over its limit, the appliance is killed and `body`'s next call fails.
    ///
    /// - Parameters:
    ///   - warm: an appliance that has been started for this already.
    ///   - mayResume: goes on from a suspended appliance, where there is one; its disk need not be /dev/sda then.
    static func session<Value: Sendable>(
        disk: FilePath, format: String, readOnly: Bool = false, settings: ApplianceSettings,
        warm: WarmAppliance? = nil, mayResume: Bool = false,
        _ body: @escaping @Sendable (Guestfs) throws(DiskFailure) -> Value
    ) async throws(DiskFailure) -> Value {
        if let warm = warm ?? (mayResume ? WarmAppliance(resumedBy: settings) : nil) {
            return try await warm.use(disk: disk, format: format, body)
        }
        let process = ApplianceProcess(mark: disk.string)
        return try await process.bounded(settings, disk) { () async throws(DiskFailure) in
            try await offPool { () throws(DiskFailure) in
                let guestfs = try configured(settings, try onHost { () throws(HostFailure) in try RunFolder.make() })
                defer {
                    guestfs.close()
                    process.finished()
                }
                try guestfs.addDrive(disk, format: format, readOnly: readOnly)
                try guestfs.launch(process)
                return try guestfs.finish(process, disk, body)
            }
        }
    }

    static let memoryMiB: Int32 = 768

    /// A handle as all sessions have it, without a disk.
    ///
    /// - Parameter folder: becomes the handle's own.
    static func configured(_ settings: ApplianceSettings, _ folder: FilePath) throws(DiskFailure) -> Guestfs {
        guard let handle = guestfs_create() else {
            try? Folders.remove(folder)
            throw DiskFailure(.noAppliance, "libguestfs cannot make a handle")
        }
        let guestfs = Guestfs(handle, folder: folder)
        guestfs.quieten()
        do throws(DiskFailure) {
            try onHost { () throws(HostFailure) in try Folders.create(settings.cache) }
            try guestfs.run("set its temporary folder") { guestfs_set_tmpdir($0, folder.string) }
            try guestfs.run("choose its backend") { guestfs_set_backend($0, "direct") }
            let program = try onHost { () throws(HostFailure) in try ApplianceLauncher.plain(settings) }
            if let program { try guestfs.start(by: program) }
            if settings.acceleration == .tcg {
                // Left to itself libguestfs takes /dev/kvm wherever it opens, and hangs where that does not work.
                try guestfs.run("choose its backend") { guestfs_set_backend_setting($0, "force_tcg", "1") }
            }
            try guestfs.run("set its cache") { guestfs_set_cachedir($0, settings.cache.string) }
            // Translated, two processors have been seen to hang each other in the boot of a busy host's appliance.
            let processors: Int32 = settings.acceleration == .tcg ? 1 : 2
            try guestfs.run("set its size") { guestfs_set_smp($0, processors) }
            try guestfs.run("set its size") { guestfs_set_memsize($0, memoryMiB) }
        } catch {
            guestfs.close()
            throw error
        }
        return guestfs
    }

    func launch(_ process: ApplianceProcess) throws(DiskFailure) {
        do throws(DiskFailure) {
            try run("start its appliance") { guestfs_launch($0) }
            let pid = try call("start its appliance") { guestfs_get_pid($0) }
            process.started(pid)
        } catch {
            throw DiskFailure(
                .noAppliance, String(error.message.prefix { $0 != "\n" }),
                hint: "kiln doctor; it needs a kernel: apt-get install linux-image-cloud-amd64", cause: error)
        }
    }

    /// Runs `body` and shuts down in order.
    func finish<Value>(
        _ process: ApplianceProcess, _ disk: FilePath, _ body: (Guestfs) throws(DiskFailure) -> Value
    ) throws(DiskFailure) -> Value {
        defer { process.finished() }
        let value = try body(self)
        try run("close \(disk)") { guestfs_shutdown($0) }
        return value
    }

    private func addDrive(_ disk: FilePath, format: String, readOnly: Bool) throws(DiskFailure) {
        let format = strdup(format)
        let unsafe = strdup("unsafe")
        let enable = strdup("enable")
        defer {
            free(format)
            free(unsafe)
            free(enable)
        }
        var options = guestfs_add_drive_opts_argv()
        options.bitmask = 1 << 0 | 1 << 1  // READONLY, FORMAT
        options.readonly = readOnly ? 1 : 0
        options.format = UnsafePointer(format)
        if !readOnly {
            options.bitmask |= 1 << 9 | 1 << 10  // CACHEMODE, DISCARD
            // The file is synced as a whole when it is frozen; until then a crash means starting over anyway.
            options.cachemode = UnsafePointer(unsafe)
            options.discard = UnsafePointer(enable)
        }
        try run("open \(disk)") { guestfs_add_drive_opts_argv($0, disk.string, &options) }
    }
}

extension ApplianceProcess {
    /// Ends the appliance when the session's limit has passed or the task is cancelled, and says which it was.
    func bounded<Value: Sendable>(
        _ settings: ApplianceSettings, _ disk: FilePath, _ body: @Sendable () async throws(DiskFailure) -> Value
    ) async throws(DiskFailure) -> Value {
        let timer = Task {
            try await Task.sleep(for: settings.limit)
            end()
        }
        defer { timer.cancel() }
        let outcome: Result<Value, DiskFailure> = await withTaskCancellationHandler {
            do throws(DiskFailure) { return .success(try await body()) } catch { return .failure(error) }
        } onCancel: {
            end()
        }
        if case .failure = outcome, wasEnded {
            if Task.isCancelled { throw DiskFailure(.cancelled, "work on \(disk) was cancelled") }
            throw DiskFailure(.timedOut, "libguestfs took more than \(settings.limit.inSeconds) over \(disk)")
        }
        return try outcome.get()
    }
}
