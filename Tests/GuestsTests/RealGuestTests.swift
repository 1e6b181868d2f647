import Failures
import Foundation
import HostSystem
import Synchronization
import SystemPackage
import Testing

@testable import Guests

/// Collects what a program printed.
final class Printed: Sendable {
    private let pieces = Mutex<[GuestOutput]>([])
    func add(_ output: GuestOutput) { pieces.withLock { $0.append(output) } }
    func bytes(_ stream: GuestOutput.Stream) -> [UInt8] {
        pieces.withLock { $0.filter { $0.stream == stream }.flatMap(\.bytes) }
    }
    func text(_ stream: GuestOutput.Stream) -> String { String(decoding: bytes(stream), as: UTF8.self) }
}

extension Guest {
    func shell(_ script: String, limit: Duration? = .seconds(120)) async throws -> (GuestExit, Printed) {
        let printed = Printed()
        let exit = try await run(GuestCommand(["bash", "-c", script], limit: limit)) { printed.add($0) }
        return (exit, printed)
    }
}

@Suite(.serialized, .enabled(if: TestBase.isThere)) struct RealGuestTests {
    @Test(
        "One guest runs programs, gives terminals, moves files, takes snapshots, reboots and shuts down",
        .timeLimit(.minutes(25)))
    func wholeLife() async throws {
        try await TestBase.withHypervisor { hypervisor in
            try await TestBase.withDefinition("life") { definition, folder in
                try await hypervisor.withGuest(definition) { guest in
                    try await programs(guest)
                    try await files(guest, folder)
                    try await ends(guest)
                    try await SessionChecks.run(guest)
                    try await snapshotAndReboot(guest, folder)
                    try await guest.shutdown()
                }
                #expect(try Folders.names(in: folder).contains("layer.qcow2"))
            }
        }
    }

    private func programs(_ guest: RunningGuest) async throws {
        let (exit, printed) = try await guest.shell("echo out; echo err >&2; printf '\\000\\377'; exit 7")
        #expect(exit == .exited(7))
        #expect(printed.bytes(.standardOutput) == Array("out\n".utf8) + [0, 255])
        #expect(printed.text(.standardError) == "err\n")
        #expect(try await guest.shell("kill -SEGV $$").0 == .signalled(11))
        let (_, big) = try await guest.shell("head -c 20000000 /dev/zero | tr '\\0' x")
        #expect(big.bytes(.standardOutput).count == 20_000_000)
        // A daemon that holds the pipes open must not keep the step.
        #expect(try await guest.shell("sleep 1000 & echo left").0 == .exited(0))
        let error = await #expect(throws: GuestFailure.self) {
            try await guest.run(GuestCommand(["/no/such/program"])) { _ in }
        }
        #expect(error?.code == .guestError)
    }

    private func files(_ guest: RunningGuest, _ folder: FilePath) async throws {
        for size in [0, 1, 5_000_001] {
            let content = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
            try await guest.write(content, to: "/var/tmp/new folder/file", permissions: 0o640)
            #expect(try await guest.read("/var/tmp/new folder/file", limit: 6_000_000) == content)
        }
        try await guest.download("/var/tmp/new folder/file", to: folder.appending("fetched"))
        #expect(try Folders.read(folder.appending("fetched")).count == 5_000_001)
        let tooLong = await #expect(throws: GuestFailure.self) {
            try await guest.read("/var/tmp/new folder/file", limit: 10)
        }
        #expect(tooLong?.code == .guestError)
        _ = try await guest.shell("mkdir -p /small && mount -t tmpfs -o size=64k tmpfs /small")
        let full = await #expect(throws: GuestFailure.self) {
            try await guest.write(Array(repeating: 1, count: 1 << 20), to: "/small/x", permissions: 0o644)
        }
        #expect(full?.code == .guestDiskFull)
    }

    private func ends(_ guest: RunningGuest) async throws {
        let (exit, _) = try await guest.shell("setsid sleep 4321 & trap '' TERM; sleep 4321", limit: .seconds(2))
        #expect(exit == .timedOut)
        let (_, left) = try await guest.shell("pgrep -fc '[s]leep 4321'")
        #expect(left.text(.standardOutput) == "0\n")
        // The shell ends at SIGTERM; what it started outside of its group must go all the same.
        let (polite, _) = try await guest.shell("setsid sleep 6543 & sleep 6543", limit: .seconds(2))
        #expect(polite == .timedOut)
        #expect(try await guest.shell("sleep 1; pgrep -fc '[s]leep 6543'").1.text(.standardOutput) == "0\n")
        let task = Task { try await guest.shell("sleep 5432", limit: nil) }
        try await Task.sleep(for: .seconds(1))
        task.cancel()
        await #expect(throws: GuestFailure.self) { try await task.value }
        #expect(try await guest.shell("pgrep -fc '[s]leep 5432'").1.text(.standardOutput) == "0\n")
    }

    private func snapshotAndReboot(_ guest: RunningGuest, _ folder: FilePath) async throws {
        _ = try await guest.shell("echo before > /root/before")
        try await guest.snapshotDisk(to: folder.appending("layer.qcow2"))
        _ = try await guest.shell("echo after > /root/after")
        let boot = guest.bootID
        try await guest.reboot()
        #expect(guest.bootID != boot)
        #expect(try await guest.shell("cat /root/before /root/after").1.text(.standardOutput) == "before\nafter\n")
    }

    @Test(
        "A guest that powers itself off in the middle of a command ends it with that reason", .timeLimit(.minutes(10)))
    func powersOff() async throws {
        try await TestBase.withHypervisor { hypervisor in
            try await TestBase.withDefinition("off") { definition, _ in
                try await hypervisor.withGuest(definition) { guest in
                    let error = await #expect(throws: GuestFailure.self) {
                        try await guest.shell("poweroff -f; sleep 100")
                    }
                    #expect(error?.code == .poweredOff)
                }
            }
        }
    }

    @Test("A kernel's panic ends the command with that reason", .timeLimit(.minutes(10)))
    func panics() async throws {
        try await TestBase.withHypervisor { hypervisor in
            try await TestBase.withDefinition("panic") { definition, _ in
                try await hypervisor.withGuest(definition) { guest in
                    let error = await #expect(throws: GuestFailure.self) {
                        try await guest.shell(
                            "modprobe pvpanic-pci pvpanic-mmio; echo c > /proc/sysrq-trigger; sleep 100")
                    }
                    #expect(error?.code == .panicked)
                }
            }
        }
    }

    @Test(
        "A disk without its agent, and one whose boot loader finds no kernel, end within their limit and show the console",
        .timeLimit(.minutes(25)))
    func neverAnswers() async throws {
        try await TestBase.withHypervisor { hypervisor in
            try await TestBase.withDefinition("mute") { definition, folder in
                let (mute, broken) = (folder.appending("mute.qcow2"), folder.appending("broken.qcow2"))
                try await hypervisor.withGuest(definition) { guest in
                    _ = try await guest.shell("systemctl mask qemu-guest-agent.service")
                    try await guest.snapshotDisk(to: broken)
                    _ = try await guest.shell("sed -i 's,/boot/vmlinuz,/boot/no-such-kernel,' /boot/grub/grub.cfg")
                    try await guest.shutdown()
                }
                try await HostCommand(
                    "qemu-img",
                    ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", definition.disk.string, mute.string]
                ).run()
                for (disk, seconds, words) in [(mute, 15, ""), (broken, 40, "no-such-kernel")] {
                    var definition = definition
                    definition.disk = disk
                    definition.bootLimit = .seconds(seconds)
                    let start = ContinuousClock.now
                    let error = await #expect(throws: GuestFailure.self) { try await hypervisor.start(definition) }
                    #expect(error?.code == .noAgent)
                    #expect(error?.message.contains("\(seconds) s waiting for the guest agent") == true)
                    #expect(error?.message.contains("its console ends: ") == true)
                    #expect(error?.message.contains(words) == true || words.isEmpty, "\(error?.message ?? "")")
                    #expect((ContinuousClock.now - start).seconds < Double(seconds) + 30)
                }
            }
        }
    }

    /// The first boot says what a kernel says whose processors have stopped each other, and comes no further.
    private static let hang = """
        mkdir -p /etc/systemd/system/qemu-guest-agent.service.d
        cat > /etc/systemd/system/qemu-guest-agent.service.d/hang.conf <<'END'
        [Service]
        TimeoutStartSec=infinity
        ExecStartPre=/bin/sh -c 'test -e /root/hung || { touch /root/hung; sync; echo "watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [sh:1]" >/dev/console; sleep 1000; }'
        END
        sync
        """

    @Test("A boot in which the kernel has hung is begun anew, once", .timeLimit(.minutes(15)))
    func hungBoot() async throws {
        let said = Mutex<[String]>([])
        let acceleration = try await Acceleration.detect(home: TestBase.home)
        guard acceleration.kind == .tcg else { return }
        let hypervisor = try await Hypervisor.open(home: TestBase.home, acceleration: acceleration) { text in
            said.withLock { $0.append(text) }
        }
        try await TestBase.withDefinition("hung") { definition, _ in
            try await hypervisor.withGuest(definition) { guest in
                let (exit, _) = try await guest.shell(Self.hang)
                #expect(exit == .exited(0))
                try await guest.shutdown()
            }
            let before = said.withLock { $0 }
            #expect(before == [])
            try await hypervisor.withGuest(definition) { guest in
                let (exit, _) = try await guest.shell("test -e /root/hung")
                #expect(exit == .exited(0))
            }
            let all = said.withLock { $0 }
            #expect(all.count == 1 && all[0].contains("hung in its boot"), "\(all)")
        }
    }

    @Test(
        "The base boots by itself under each firmware from each disk, and is restored", .timeLimit(.minutes(25)),
        arguments: [GuestDefinition.Firmware.bios, .uefi], [GuestDefinition.DiskBus.virtio, .nvme])
    func boots(firmware: GuestDefinition.Firmware, bus: GuestDefinition.DiskBus) async throws {
        try await TestBase.withHypervisor { hypervisor in
            try await TestBase.withDefinition("\(firmware)-\(bus)") { definition, folder in
                var definition = definition
                definition.firmware = firmware
                definition.diskBus = bus
                try await hypervisor.withGuest(definition) { guest in
                    let (_, printed) = try await guest.shell(
                        "test -d /sys/firmware/efi && echo uefi || echo bios; findmnt -no SOURCE /")
                    let lines = printed.text(.standardOutput).split(separator: "\n")
                    #expect(lines.first.map(String.init) == firmware.rawValue)
                    #expect(lines.last?.hasPrefix(bus == .nvme ? "/dev/nvme" : "/dev/vda") == true)
                    guard bus == .virtio else { return }
                    try await SnapshotChecks(hypervisor: hypervisor, folder: folder, definition: definition).run(guest)
                }
            }
        }
    }
}
