import CGuestfs
import Failures
import Glibc
import HostSystem
import Synchronization
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

/// The appliance's process, for whoever has to end it from another thread.
private final class ApplianceProcess: Sendable {
    private let state = Mutex((pid: pid_t(0), ended: false))

    func started(_ pid: pid_t) {
        let kill = state.withLock { state in
            state.pid = pid
            return state.ended
        }
        if kill { Glibc.kill(pid, SIGKILL) }
    }

    func end() {
        let pid = state.withLock { state in
            state.ended = true
            return state.pid
        }
        if pid > 0 { Glibc.kill(pid, SIGKILL) }
    }

    var wasEnded: Bool { state.withLock { $0.ended } }
    func finished() { state.withLock { $0.pid = 0 } }
}

extension Guestfs {
    /// Launches the appliance with one disk, runs `body` on a thread of its own, and shuts it down in order: data are on
    /// the disk when this returns. Cancelled or over its limit, the appliance is killed and `body`'s next call fails.
    static func session<Value: Sendable>(
        disk: FilePath, format: String, readOnly: Bool = false, settings: ApplianceSettings,
        _ body: @escaping @Sendable (Guestfs) throws(DiskFailure) -> Value
    ) async throws(DiskFailure) -> Value {
        try onHost { () throws(HostFailure) in try Folders.create(settings.cache) }
        let process = ApplianceProcess()
        let timer = Task {
            try await Task.sleep(for: settings.limit)
            process.end()
        }
        defer { timer.cancel() }
        let outcome: Result<Value, DiskFailure> = await withTaskCancellationHandler {
            await offPool {
                do throws(DiskFailure) {
                    return .success(try inAppliance(disk, format, readOnly, settings, process, body))
                } catch {
                    return .failure(error)
                }
            }
        } onCancel: {
            process.end()
        }
        if case .failure = outcome, process.wasEnded {
            if Task.isCancelled { throw DiskFailure(.cancelled, "work on \(disk) was cancelled") }
            throw DiskFailure(.timedOut, "libguestfs took more than \(settings.limit.inSeconds) over \(disk)")
        }
        return try outcome.get()
    }

    private static func inAppliance<Value>(
        _ disk: FilePath, _ format: String, _ readOnly: Bool, _ settings: ApplianceSettings,
        _ process: ApplianceProcess, _ body: (Guestfs) throws(DiskFailure) -> Value
    ) throws(DiskFailure) -> Value {
        guard let handle = guestfs_create() else { throw DiskFailure(.noAppliance, "libguestfs cannot make a handle") }
        defer { guestfs_close(handle) }
        guestfs_set_error_handler(handle, nil, nil)  // Errors are thrown, not printed.
        let guestfs = Guestfs(handle)
        try guestfs.run("choose its backend") { guestfs_set_backend($0, "direct") }
        if settings.acceleration == .tcg {
            // Left to itself libguestfs takes /dev/kvm wherever it opens, and hangs where that does not work.
            try guestfs.run("choose its backend") { guestfs_set_backend_setting($0, "force_tcg", "1") }
        }
        try guestfs.run("set its cache") { guestfs_set_cachedir($0, settings.cache.string) }
        try guestfs.run("set its size") { guestfs_set_smp($0, 2) }
        try guestfs.run("set its size") { guestfs_set_memsize($0, 768) }
        try guestfs.addDrive(disk, format: format, readOnly: readOnly)
        guard guestfs_launch(handle) == 0 else {
            let said = guestfs_last_error(handle).map { String(cString: $0) } ?? ""
            throw DiskFailure(
                .noAppliance, "libguestfs cannot start its appliance: \(said.prefix { $0 != "\n" })",
                hint: "kiln doctor; it needs a kernel: apt-get install linux-image-cloud-amd64")
        }
        process.started(guestfs_get_pid(handle))
        let value = try body(guestfs)
        try guestfs.run("close \(disk)") { guestfs_shutdown($0) }
        process.finished()
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
