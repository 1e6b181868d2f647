import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Disks

@Suite struct ApplianceArgumentsTests {
    /// As libguestfs 1.48 gives them, cut to what matters.
    private static let words = [
        "-machine", "accel=tcg", "-device", "virtio-scsi-pci,id=scsi", "-drive",
        "file=/tmp/libguestfsX/scratch1.img,cache=unsafe,format=raw,id=hd0,if=none", "-device", "scsi-hd,drive=hd0",
        "-drive", "file=/cache/root,snapshot=on,id=appliance,cache=unsafe,if=none,format=raw", "-device",
        "scsi-hd,drive=appliance", "-serial", "stdio", "-chardev",
        "socket,path=/tmp/libguestfsY/guestfsd.sock,id=channel0",
        "-device", "virtserialport,chardev=channel0,name=org.libguestfs.channel.0", "-append",
        "panic=1 console=ttyS0 root=UUID=68d21c9c-2c6f-4fb8-8516-a63916fcc7cb selinux=0", "-qmp",
        "unix:/tmp/run/monitor,server=on,wait=off",
    ]

    @Test("To be suspended, the daemon's channel and the monitor are Kiln's, and the root is an overlay")
    func toSuspend() throws {
        let arguments = try #require(ApplianceArguments(recorded: Self.words))
        let told = arguments.toSuspend(disk: "/a,b/root.qcow2", socket: "/run/daemon", monitor: "/run/monitor")
        let expected = [
            "file=/a,,b/root.qcow2,id=appliance,cache=unsafe,if=none,format=qcow2", "null",
            "socket,path=/run/daemon,id=channel0,server=on,wait=off",
            "virtserialport,chardev=channel0,name=org.libguestfs.channel.0,id=kilnport",
            "unix:/run/monitor,server=on,wait=off",
        ]
        for word in expected { #expect(told.contains(word)) }
        #expect(told.count == Self.words.count)
        #expect(Set(told).subtracting(Self.words) == Set(expected))
    }

    @Test("What is not libguestfs' known way to start an appliance is not taken")
    func unknown() {
        for index in [9, 15, 17, 19] {
            var words = Self.words
            words[index] = "other"
            #expect(ApplianceArguments(recorded: words) == nil)
        }
    }

    /// The program is run by a real shell, with a script in QEMU's place that prints its arguments.
    @Test("The program resumes the appliance that was suspended, and is QEMU for anything else")
    func program() async throws {
        try await Scratch.with { scratch in
            let printer =
                "#!/bin/sh\nprintf '%s\\n' \"$@\"\necho $TMPDIR >\"${0%/*}/told\"\n[ ! -e /proc/self/fd/9 ] || cat <&9\n"
            try scratch.put("it's qemu", in: ".", printer)
            try scratch.put("memory", in: ".", "RAM")
            let arguments = try #require(ApplianceArguments(recorded: Self.words))
            let text = arguments.program(
                qemu: scratch.path("it's qemu").string, disk: "/my, cache/root.qcow2",
                memory: scratch.path("memory").string)
            try scratch.put("program", in: ".", text)
            let program = scratch.path("program").string

            let resumed = try await scratch.run(program, Self.words)
            #expect(resumed.hasSuffix("-incoming\nfd:9\nRAM"))
            #expect(
                resumed.contains(
                    "file=/my,, cache/root.qcow2,snapshot=on,id=appliance,cache=unsafe,if=none,format=qcow2"))
            #expect(resumed.contains("\nvirtserialport,chardev=channel0,name=org.libguestfs.channel.0,id=kilnport\n"))
            #expect(resumed.contains("\nsocket,path=/tmp/libguestfsY/guestfsd.sock,id=channel0\n"))

            // What QEMU and libguestfs keep is by the link that the program was started by.
            let session = scratch.path("session")
            try Folders.create(session)
            let link = session.appending("qemu").string
            #expect(symlink(program, link) == 0)
            #expect(try await scratch.run(link, Self.words).hasSuffix("-incoming\nfd:9\nRAM"))
            func read(_ name: String) throws -> String {
                String(decoding: try Folders.read(scratch.path(name)), as: UTF8.self)
            }
            #expect(try read("session/beside") == "/tmp/libguestfsY" && read("told") == "\(session)\n")

            // libguestfs asks for QEMU's abilities, or has made another root since.
            var other = Self.words
            other[19] = "panic=1 root=UUID=11111111-2c6f-4fb8-8516-a63916fcc7cb"
            for words in [["-display", "none", "-help"], other] {
                #expect(try await scratch.run(program, words) == words.joined(separator: "\n") + "\n")
            }
            try Folders.remove(scratch.path("memory"))
            #expect(try await !scratch.run(program, Self.words).contains("-incoming"))
        }
    }

    @Test("The program that is QEMU stays the same file while QEMU does")
    func plain() async throws {
        try await Scratch.with { scratch in
            let settings = ApplianceSettings(acceleration: .tcg, cache: scratch.path("cache"))
            try Folders.create(settings.cache)
            let program = try #require(try ApplianceLauncher.plain(settings))
            let stamp = try FileStamp(of: program)
            #expect(try ApplianceLauncher.plain(settings) == program && FileStamp(of: program) == stamp)
            #expect(try await scratch.run(program.string, ["--version"]).contains("QEMU emulator"))
            try DurableFile.write(Array("exit 1\n".utf8), to: program, permissions: 0o755)
            #expect(try ApplianceLauncher.plain(settings) == program)
            #expect(try await scratch.run(program.string, ["--version"]).contains("QEMU emulator"))
        }
    }
}
