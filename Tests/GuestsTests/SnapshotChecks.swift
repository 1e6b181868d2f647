import Failures
import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Guests

/// What must be so of a guest's snapshot, for tests that have booted one.
struct SnapshotChecks {
    let hypervisor: Hypervisor
    let folder: FilePath
    let definition: GuestDefinition

    /// Takes a snapshot of the guest, ends it, and looks at what is restored.
    func run(_ guest: RunningGuest) async throws {
        _ = try await guest.shell("echo kept > /dev/shm/kept; echo kept > /root/kept")
        let snapshot = try await guest.snapshot(
            memory: folder.appending("memory.save"), overlay: folder.appending("after.qcow2"), settling: .seconds(60))
        // It goes on, and what it does from here on is in no copy.
        #expect(try await guest.shell("echo later > /root/later; sync; cat /dev/shm/kept").0 == .exited(0))
        let boot = guest.bootID
        await guest.destroy()
        // The record of it may be kept in a file.
        let read = try JSONDecoder().decode(GuestSnapshot.self, from: try JSONEncoder().encode(snapshot))
        #expect(read == snapshot)
        try await Task.sleep(for: .seconds(2))
        var random: Set<String> = []
        for copy in 1...2 {
            let restored = try await restore(read, copy)
            let script = """
                head -c 16 /dev/urandom | od -An -tx1
                date +%s
                cat /proc/sys/kernel/random/boot_id /dev/shm/kept /root/kept
                ls /root/later || echo clean
                """
            let lines = try await restored.shell(script).1.text(.standardOutput).split(separator: "\n").map(String.init)
            try #require(lines.count == 6, "\(lines)")
            random.insert(lines[0])
            let behind = Date().timeIntervalSince1970 - (Double(lines[1]) ?? 0)
            #expect(behind > -2 && behind < 30, "the clock is \(behind) s behind")
            #expect(Array(lines[2...]) == [boot, "kept", "kept", "clean"])
            if copy == 2 {
                try await restored.reboot()
                #expect(restored.bootID != boot)
                #expect(try await restored.shell("cat /root/kept").1.text(.standardOutput) == "kept\n")
            }
            await restored.destroy()
        }
        #expect(random.count == 2, "two copies have the same random numbers")
        try await refuse(read)
    }

    private func restore(_ snapshot: GuestSnapshot, _ copy: Int) async throws -> RunningGuest {
        var definition = definition
        definition.disk = folder.appending("copy-\(copy).qcow2")
        try await HostCommand(
            "qemu-img",
            ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", snapshot.disk, definition.disk.string]
        ).run()
        let guest = try await hypervisor.restore(snapshot, as: definition)
        try await guest.wake()
        return guest
    }

    /// A snapshot that is cut short, or for other hardware, is an error, and nothing is left of the attempt.
    private func refuse(_ snapshot: GuestSnapshot) async throws {
        var definition = definition
        definition.disk = folder.appending("copy-1.qcow2")
        var larger = definition
        larger.memoryMiB += 256
        let hardware = await #expect(throws: GuestFailure.self) { try await hypervisor.restore(snapshot, as: larger) }
        #expect(hardware?.code == .refused)
        try #require(truncate(snapshot.memory, 30 << 20) == 0)
        let cut = await #expect(throws: GuestFailure.self) { try await hypervisor.restore(snapshot, as: definition) }
        #expect(cut?.code == .refused)
    }
}
