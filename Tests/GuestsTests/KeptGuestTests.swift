import Failures
import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Guests

/// The records of kept guests and their end; a sleeping program stands where QEMU would be.
@Suite struct KeptGuestTests {
    /// Not `Process` of Foundation, whose waits belong to the thread that has started it.
    private final class Sleeper {
        let pid: pid_t
        private var status: Int32?

        init() throws {
            var process = pid_t(0)
            var words = [strdup("sleep"), strdup("600"), nil]
            defer { for word in words { free(word) } }
            try #require(posix_spawn(&process, "/bin/sleep", nil, nil, &words, nil) == 0)
            pid = process
        }

        deinit { if status == nil { _ = end(by: SIGKILL) } }

        var isRunning: Bool {
            var how: Int32 = 0
            if status == nil, waitpid(pid, &how, WNOHANG) == pid { status = how }
            return status == nil
        }

        /// The signal that it has ended by.
        func end(by signal: Int32? = nil) -> Int32 {
            if let signal { kill(pid, signal) }
            var how: Int32 = 0
            if status == nil, waitpid(pid, &how, 0) == pid { status = how }
            return (status ?? 0) & 0x7f
        }
    }

    private func withGuest(until: Date, _ body: (KeptGuest, Sleeper, FilePath) async throws -> Void) async throws {
        let folder = try RunFolder.make()
        let disk = folder.removingLastComponent().appending("\(folder.lastComponent?.string ?? "")-disk")
        try DurableFile.write([1], to: disk)
        let process = try Sleeper()
        defer {
            try? Folders.remove(folder)
            try? Folders.remove(disk)
        }
        let identity = try #require(ProcessIdentity(of: process.pid))
        let guest = KeptGuest(
            name: "kiln-b-1-build", build: "b-1", role: "build", home: folder.string,
            connection: "qemu:///embed?root=/nowhere/0", uuid: UUID().uuidString, process: "\(identity)", until: until,
            console: "/dev/null", files: [disk.string], leftovers: [disk.string], folder: folder.string)
        try guest.save()
        try await body(guest, process, disk)
    }

    @Test("One whose time is not over is listed, by its home only, and stays through a sweep", .timeLimit(.minutes(1)))
    func stays() async throws {
        try await withGuest(until: Date(timeIntervalSinceNow: 600)) { guest, process, disk in
            let home = KilnHome(data: FilePath(guest.home), cache: "/nowhere")
            #expect(KeptGuest.living(home: home).map(\.uuid) == [guest.uuid])
            #expect(KeptGuest.all(home: KilnHome(data: "/other", cache: "/other")).isEmpty)
            KeptGuest.sweep()
            RunFolder.sweep()
            #expect(process.isRunning && Folders.exists(disk) && Folders.exists(FilePath(guest.folder)))
            #expect(guest.words[0].contains("kiln shell b-1") && guest.words[1].contains("--end"))
        }
    }

    @Test(
        "One whose time is over goes with all that is its own, but not while somebody is in it", .timeLimit(.minutes(1))
    )
    func expires() async throws {
        try await withGuest(until: Date(timeIntervalSinceNow: -1)) { guest, process, disk in
            let lock = try #require(try FileLock.tryAcquire(guest.lockFile))
            #expect(guest.isInUse && !guest.isOver)
            KeptGuest.sweep()
            #expect(process.isRunning)
            withExtendedLifetime(lock) {}
        }
        try await withGuest(until: Date(timeIntervalSinceNow: -1)) { guest, process, disk in
            #expect(guest.isOver)
            KeptGuest.sweep()
            #expect(process.end() == SIGKILL)
            #expect(!Folders.exists(disk) && !Folders.exists(FilePath(guest.folder)))
        }
    }

    @Test("One whose QEMU has ended goes, and one that is asked to end ends", .timeLimit(.minutes(1)))
    func ends() async throws {
        try await withGuest(until: Date(timeIntervalSinceNow: 600)) { guest, process, disk in
            #expect(process.end(by: SIGKILL) == SIGKILL)
            #expect(!guest.isRunning && guest.isOver)
            let error = await #expect(throws: GuestFailure.self) {
                try await guest.connect(home: KilnHome(data: "/x", cache: "/x"))
            }
            #expect(error?.code == .notKept)
            KeptGuest.sweep()
            #expect(!Folders.exists(disk) && !Folders.exists(FilePath(guest.folder)))
        }
        try await withGuest(until: Date(timeIntervalSinceNow: 600)) { guest, process, disk in
            try await guest.end()
            #expect(process.end() == SIGKILL)
            #expect(!Folders.exists(disk) && !Folders.exists(FilePath(guest.folder)))
        }
    }

    @Test("A record that is none keeps nothing")
    func damaged() throws {
        let folder = try RunFolder.make()
        try DurableFile.write(Array("{".utf8), to: RunFolder.keeper(of: folder))
        #expect(!KeptGuest.all().contains { $0.folder == folder.string })
        KeptGuest.sweep()
        #expect(!Folders.exists(folder))
    }
}
