import Failures
import HostSystem
import Synchronization
import SystemPackage
import Testing

@testable import Guests

@Suite struct RunnerFrameTests {
    @Test("A request to run a program carries folder, arguments, environment and standard input")
    func execRequest() {
        let command = GuestCommand(
            ["sh", "-c", "true"], environment: ["A": "1"], workingDirectory: "/tmp", standardInput: [0, 255])
        let bytes = RunnerFrame.exec(command, channel: 7).encoded
        #expect(RunnerFrame.words(Array(bytes.prefix(12))) == [2, 7, UInt32(bytes.count - 12)])
        #expect(RunnerFrame.words(Array(bytes[12..<24])) == [3, 7, 2])
        let strings = bytes[24...].dropLast(2).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        #expect(strings.prefix(4) == ["/tmp", "sh", "-c", "true"])
        #expect(strings.contains("A=1"))
        #expect(Array(bytes.suffix(2)) == [0, 255])
    }
}

@Suite struct DomainXMLTests {
    private let tcg = Acceleration(kind: .tcg, reason: "test")

    @Test("Names and paths are escaped")
    func escapes() {
        let definition = GuestDefinition(buildID: "a<b", role: "build", disk: "/x&y/d'.qcow2", console: "/c")
        let xml = definition.xml(GuestIdentity(), acceleration: tcg, sockets: "/s", owner: "1")
        #expect(xml.contains("<name>kiln-a&lt;b-build</name>"))
        #expect(xml.contains("file='/x&amp;y/d&apos;.qcow2'"))
    }

    @Test("KVM and TCG differ in domain type and processor")
    func acceleration() {
        let definition = GuestDefinition(buildID: "b", role: "test", disk: "/d", console: "/c")
        let translated = definition.xml(GuestIdentity(), acceleration: tcg, sockets: "/s", owner: "1")
        #expect(
            translated.contains("<domain type='qemu'")
                && translated.contains("<cpu mode='maximum'><feature policy='disable' name='erms'/>"))
        let kvm = Acceleration(kind: .kvm, reason: "")
        let real = definition.xml(GuestIdentity(), acceleration: kvm, sockets: "/s", owner: "1")
        #expect(real.contains("<domain type='kvm'") && real.contains("host-passthrough"))
    }

    @Test("An NVMe disk goes by QEMU's own arguments, commas doubled")
    func nvme() {
        var definition = GuestDefinition(buildID: "b", role: "test", disk: "/a,b", console: "/c")
        definition.diskBus = .nvme
        let xml = definition.xml(GuestIdentity(), acceleration: tcg, sockets: "/s", owner: "1")
        #expect(xml.contains("file=/a,,b,if=none") && !xml.contains("<disk "))
    }
}

@Suite struct InitramfsTests {
    @Test("Entries are aligned to four bytes and the archive ends with its trailer")
    func layout() {
        var archive = Initramfs()
        archive.file("init", mode: 0o755, content: [1, 2, 3, 4, 5])
        let bytes = archive.finished()
        #expect(bytes.count % 4 == 0)
        #expect(String(decoding: bytes.prefix(6), as: UTF8.self) == "070701")
        #expect(String(decoding: bytes.suffix(16), as: UTF8.self).contains("TRAILER!!!"))
    }
}

@Suite struct GuestEventsTests {
    @Test("A change between a look and the wait after it is not missed", .timeLimit(.minutes(1)))
    func noLostWakeUp() async throws {
        for _ in 0..<2000 {
            let events = GuestEvents()
            async let waited: Void = events.wait(upTo: .seconds(20), for: "the agent") { $0.agentConnections >= 2 }
            events.agent(connected: true)
            events.agent(connected: true)
            try await waited
        }
    }

    @Test("A reboot is a failure only once the guest has come up, and only where nobody asked for it")
    func reboots() {
        let events = GuestEvents()
        events.rebooted()
        #expect(events.current.end == nil)
        events.change { $0.rebootExpected = false }
        events.rebooted()
        #expect(events.current.end?.code == .poweredOff)
    }

    @Test("The first reason stays, and a wait under way throws it")
    func end() async throws {
        let events = GuestEvents()
        events.ioError(path: "/disk", reason: "enospc")
        events.lifecycle(event: 5, detail: 0)
        let failure = await #expect(throws: GuestFailure.self) {
            try await events.wait(upTo: .seconds(20), for: "the agent") { $0.agentConnected }
        }
        #expect(failure?.code == .paused)
        #expect(failure?.message.contains("no space left on this machine") == true)
    }

    @Test("A guest whose next write fails while it is told to go on gets room again, until there is none")
    func full() async throws {
        let frees = Mutex(0)
        let resumes = Mutex(0)
        let events = GuestEvents()
        events.whenDiskIsFull {
            frees.withLock { count in
                count += 1
                return count <= 2
            }
        } resume: {
            resumes.withLock { $0 += 1 }
            events.ioError(path: "/disk", reason: "enospc")
            return true
        }
        events.ioError(path: "/disk", reason: "enospc")
        let failure = await #expect(throws: GuestFailure.self) {
            try await events.wait(upTo: .seconds(20), for: "the agent") { $0.agentConnected }
        }
        #expect(failure?.code == .paused)
        #expect(frees.withLock { $0 } == 3 && resumes.withLock { $0 } == 2)
    }
}

@Suite struct ConsoleTests {
    @Test(
        "The kernel's own line of a panic is told from one that quotes it",
        arguments: [
            ("[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs", true),
            ("Kernel panic - not syncing: Attempted to kill init!", true),
            ("echo Kernel panic - not syncing", false), ("[test] Kernel panic - not syncing", false), ("[", false),
        ])
    func panic(line: String, isPanic: Bool) { #expect(RunningGuest.isPanic(line) == isPanic) }

    @Test("A kernel's word of a processor that stands still")
    func lockup() {
        #expect(RunningGuest.isLockup("[   52.004039] watchdog: BUG: soft lockup - CPU#1 stuck for 26s! [systemd:1]"))
        #expect(!RunningGuest.isLockup("[    0.5] smpboot: CPU#1 is up"))
    }
}

@Suite struct OwnerTests {
    @Test("Metadata names the owner in either kind of quotes, and nothing else is taken for one")
    func owner() {
        let own = ProcessIdentity.current
        for quote in ["'", "\""] {
            let text =
                "<kiln:guest xmlns:kiln=\(quote)https://x\(quote) build=\(quote)b\(quote) owner=\(quote)\(own)\(quote)/>"
            #expect(Hypervisor.owner(in: text) == own)
        }
        #expect(Hypervisor.owner(in: "<kiln:guest owner='4711'/>") == nil)
        #expect(Hypervisor.owner(in: "<other/>") == nil)
    }
}

@Suite struct ConnectionChoiceTests {
    @Test("An ordinary user gets the session where it answers, root the driver inside the process")
    func standard() {
        #expect(ConnectionChoice.standard(user: 1000) { true } == .uri("qemu:///session"))
        #expect(ConnectionChoice.standard(user: 1000) { false } == .embedded)
        #expect(ConnectionChoice.standard(user: 0) { true } == .embedded)
    }

    @Test("A libvirt of this machine is taken, one of another refused")
    func machines() throws {
        for uri in ["qemu:///session", "qemu:///system", "qemu+unix:///system?socket=/x", "test:///default"] {
            #expect(try ConnectionChoice.checked(uri) == .uri(uri))
        }
        for uri in ["qemu+ssh://host/system", "qemu://host/system", "qemu+tcp:///system"] {
            #expect(throws: GuestFailure.self) { try ConnectionChoice.checked(uri) }
        }
    }
}
