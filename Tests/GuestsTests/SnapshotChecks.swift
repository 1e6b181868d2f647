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

    /// Suspends the guest, and looks at what is restored.
    func run(_ guest: RunningGuest) async throws {
        _ = try await guest.shell("echo kept > /dev/shm/kept; echo kept > /root/kept")
        let machine = try await guest.shell("cat /etc/machine-id").1.text(.standardOutput)
        let timers = try await guest.shell(Self.timers).1.text(.standardOutput)
        let boot = guest.bootID
        let snapshot = try await guest.suspend(to: folder.appending("memory.save"), settling: .seconds(60))
        #expect(!guest.isUsable)
        // The record of it may be kept in a file.
        let read = try JSONDecoder().decode(GuestSnapshot.self, from: try JSONEncoder().encode(snapshot))
        #expect(read == snapshot)
        try await Task.sleep(for: .seconds(2))
        var random: Set<String> = []
        var machines: Set<String> = [machine]
        for copy in 1...2 {
            let restored = try await restore(read, copy)
            let script = """
                head -c 16 /dev/urandom | od -An -tx1
                date +%s
                cat /proc/sys/kernel/random/boot_id /dev/shm/kept /root/kept
                ls /root/later || echo clean
                echo later > /root/later
                """
            let lines = try await restored.shell(script).1.text(.standardOutput).split(separator: "\n").map(String.init)
            try #require(lines.count == 6, "\(lines)")
            random.insert(lines[0])
            let behind = Date().timeIntervalSince1970 - (Double(lines[1]) ?? 0)
            #expect(behind > -2 && behind < 30, "the clock is \(behind) s behind")
            #expect(Array(lines[2...]) == [boot, "kept", "kept", "clean"])
            machines.insert(try await restored.shell("cat /etc/machine-id").1.text(.standardOutput))
            // What was stopped for the snapshot is there again.
            var found = ""
            for _ in 0..<20 where found != timers {
                found = try await restored.shell(Self.timers).1.text(.standardOutput)
                try await Task.sleep(for: .milliseconds(500))
            }
            #expect(found == timers && timers.contains("systemd-tmpfiles-clean.timer"))
            #expect(restored.name == guest.name)
            if copy == 2 {
                try await restored.reboot()
                #expect(restored.bootID != boot)
                #expect(try await restored.shell("cat /root/kept").1.text(.standardOutput) == "kept\n")
            }
            await restored.destroy()
        }
        #expect(random.count == 2, "two copies have the same random numbers")
        #expect(machines.count == 3, "guests have the same machine-id")
        try await refuse(read)
    }

    private static let timers =
        "systemctl list-units --type=timer --state=active --plain --no-legend | cut -d' ' -f1 | sort"

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
