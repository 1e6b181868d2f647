import Builds
import Disks
import Failures
import HostSystem
import SystemPackage
import Testing

/// Disks that hold something else than one Linux with systemd for x86_64: each is refused, and nothing of it is left.
@Suite(.serialized, .enabled(if: Appliance.isThere)) struct UnsupportedSystemTests {
    private func refused(_ words: String, _ make: (Scratch) async throws -> FilePath) async throws {
        try await Scratch.with { scratch in
            let disk = try await make(scratch)
            let home = KilnHome(data: scratch.path("home"), cache: scratch.path("home/cache"))
            let error = await #expect(throws: DiskFailure.self) {
                try await ImageLibrary(home: home).importDisk(
                    disk, as: "bad", taken: [], replace: false, settings: Appliance.settings
                ) { _ in }
            }
            #expect(error?.code == .unsupportedSystem)
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
            #expect(error?.hint != nil)
            #expect(error?.exitStatus == .invalidDocument)
            #expect(try Folders.names(in: home.images) == [])
            #expect(try Folders.names(in: home.imports) == [])
            #expect(try ImageLibrary(home: home).entries() == [])
        }
    }

    @Test("No system at all", .timeLimit(.minutes(10)))
    func noSystem() async throws {
        try await refused("only ext4 without a system") { try await $0.fileSystem() }
    }

    @Test("Two systems", .timeLimit(.minutes(10)))
    func twoSystems() async throws {
        try await refused("2 operating systems") { scratch in
            try scratch.fakeLinux("root")
            let disk = scratch.path("two.raw")
            try await scratch.run("truncate", ["-s", "64M", disk.string])
            for sector in [2048, 65536] {
                try await scratch.run(
                    "mke2fs",
                    [
                        "-q", "-F", "-t", "ext4", "-d", scratch.path("root").string, "-E", "offset=\(sector * 512)",
                        disk.string, "24M",
                    ])
            }
            func entry(_ first: UInt8) -> [UInt8] {
                // First sector and count, little-endian: 2048 or 65536, and 49152.
                [0, 0, 0, 0, 0x83, 0, 0, 0] + (first == 0 ? [0, 8, 0, 0] : [0, 0, 1, 0]) + [0, 0xC0, 0, 0]
            }
            let table = entry(0) + entry(1) + [UInt8](repeating: 0, count: 32) + [0x55, 0xAA]
            try DurableFile.write(table, to: scratch.path("table"))
            try await scratch.run(
                "dd", ["if=\(scratch.path("table"))", "of=\(disk)", "bs=1", "seek=446", "conv=notrunc", "status=none"])
            return disk
        }
    }

    @Test("Linux for another processor", .timeLimit(.minutes(10)))
    func otherArchitecture() async throws {
        try await refused("Linux for i386") { scratch in
            try scratch.fakeLinux("root", elfClass: 1)
            return try await scratch.fileSystem(from: "root")
        }
    }

    @Test("Linux without systemd", .timeLimit(.minutes(10)))
    func otherInit() async throws {
        try await refused("is started by sysvinit") { scratch in
            try scratch.fakeLinux("root", initProgram: "/lib/sysvinit")
            return try await scratch.fileSystem(from: "root")
        }
    }

    @Test("A system that no firmware can start", .timeLimit(.minutes(10)))
    func noBootLoader() async throws {
        try await refused("no boot loader that a firmware finds") { scratch in
            try scratch.fakeLinux("root")
            return try await scratch.fileSystem(from: "root")
        }
    }
}
