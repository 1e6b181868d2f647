import CGuestfs
import Failures
import Foundation
import Glibc
import HostSystem
import SystemPackage

extension SuspendedAppliance {
    /// Boots the appliance and suspends it; one process at a time does.
    ///
    /// - Returns: nil where another process is at it, where libguestfs has not made its appliance yet, or where it has
    ///   failed before: sessions boot then, as they do without this.
    static func make(_ settings: ApplianceSettings) async -> SuspendedAppliance? {
        guard let folder = place(settings) else { return nil }
        let others = all(settings)
        let draft = others.appending("draft")
        let refused = others.appending("\(folder.lastComponent?.string ?? "").refused")
        do {
            try Folders.create(others)
            guard let lock = try FileLock.tryAcquire(settings.cache.appending("suspended.lock")) else { return nil }
            defer { withExtendedLifetime(lock) {} }
            if let made = find(settings) { return made }
            guard !Folders.exists(refused) else { return nil }
            try Folders.remove(draft)
            try Folders.create(draft)
            do {
                try await SuspendedAppliance(folder: draft).write(settings, for: folder)
                let made = SuspendedAppliance(folder: folder)
                try await offPool { () throws(HostFailure) in try made.publish(from: draft, beside: others) }
                return made
            } catch {
                try? Folders.remove(draft)
                // Not tried again on the same host with the same programs, unless it was only ended.
                if !Task.isCancelled { try DurableFile.write(Array("\(error)\n".utf8), to: refused) }
                return nil
            }
        } catch {
            return nil
        }
    }

    private func write(_ settings: ApplianceSettings, for place: FilePath) async throws {
        let run = try RunFolder.make()
        defer { try? Folders.remove(run) }
        try await withRecordedArguments(settings, run) { arguments, qemu in
            try await QemuImage.createOverlay(disk, on: arguments.base, format: "raw")
            let (socket, monitor) = (run.appending("daemon"), run.appending("suspend"))
            let command = HostCommand(
                qemu, arguments.words.toSuspend(disk: disk.string, socket: socket.string, monitor: monitor.string),
                workingDirectory: folder, limit: .seconds(120), package: "qemu-system-x86")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await command.run() }
                group.addTask {
                    try await offPool { () throws(DiskFailure) in try Self.suspend(monitor) }
                }
                // Whichever fails ends the other; QEMU's own end comes after its monitor has said "quit".
                try await group.waitForAll()
            }
            let made = SuspendedAppliance(folder: place)
            try DurableFile.write(
                Array(arguments.words.program(qemu: qemu, disk: made.disk.string, memory: made.memory.string).utf8),
                to: program, permissions: 0o755)
        }
    }

    private static func suspend(_ socket: FilePath) throws(DiskFailure) {
        let end = ContinuousClock.now + .seconds(10)
        while !Folders.exists(socket), ContinuousClock.now < end { usleep(20_000) }
        var monitor = try QemuMonitor(socket: socket)
        try monitor.wait(for: "VSERPORT_CHANGE", within: .seconds(90))
        try monitor.run("migrate-set-parameters", #"{"max-bandwidth":100000000000}"#)
        // A relative name: QEMU gives it to a shell.
        try monitor.run("migrate", #"{"uri":"exec:cat > memory"}"#)
        let limit = ContinuousClock.now + .seconds(60)
        while true {
            let answer = try monitor.ask("query-migrate") as? [String: Any]
            let status = answer?["status"] as? String
            if status == "completed" { break }
            guard status != "failed", ContinuousClock.now < limit else {
                throw DiskFailure(.guestfs, "the appliance cannot be suspended: \(status ?? "no status")")
            }
            usleep(20_000)
        }
        try monitor.run("quit", "{}")
    }

    private struct Recorded: Sendable {
        var words: ApplianceArguments
        /// The appliance's root.
        var base: FilePath
    }

    /// What libguestfs would tell QEMU, while the files are there that it names.
    private func withRecordedArguments(
        _ settings: ApplianceSettings, _ run: FilePath,
        _ body: @Sendable (_ arguments: Recorded, _ qemu: String) async throws -> Void
    ) async throws {
        guard let qemu = HostCommand.locate(Self.qemuName) else { return }
        let (recorder, record) = (folder.appending("recorder"), run.appending("arguments"))
        // It answers libguestfs' questions as QEMU does, and fails where QEMU would start.
        let script = """
            #!/bin/sh
            for word; do case $word in *id=channel0*) printf '%s\\n' "$@" >\(ShellWord.quoted(record.string)); exit 1 ;; esac; done
            exec \(ShellWord.quoted(qemu)) "$@"

            """
        try DurableFile.write(Array(script.utf8), to: recorder, permissions: 0o755)
        let asked = try await offPool { () throws(DiskFailure) in try Asked(settings, recorder) }
        defer { asked.end() }
        let text = String(decoding: try Folders.read(record), as: UTF8.self)
        guard let words = ApplianceArguments(recorded: text.split(separator: "\n").map(String.init)) else {
            throw DiskFailure(.guestfs, "libguestfs starts its appliance in a way that Kiln does not know")
        }
        try Folders.remove(recorder)
        try await body(Recorded(words: words, base: Self.root(settings)), qemu)
    }

    /// A handle that has started a recorder in QEMU's place. Used by one thread after the other.
    private struct Asked: @unchecked Sendable {
        let guestfs: Guestfs

        init(_ settings: ApplianceSettings, _ recorder: FilePath) throws(DiskFailure) {
            let folder = try onHost { () throws(HostFailure) in try RunFolder.make() }
            guestfs = try Guestfs.configured(settings, folder)
            do throws(DiskFailure) {
                try guestfs.start(by: recorder)
                try guestfs.addPlaceholder()
            } catch {
                guestfs.close()
                throw error
            }
            try? guestfs.run("start its appliance") { guestfs_launch($0) }
        }

        func end() { guestfs.close() }
    }
}
