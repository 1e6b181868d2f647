import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Builds
@testable import Disks

/// Guests that go on from one that has booted before, by builds and runs one after the other in one home.
@Suite(.serialized, .enabled(if: CommandHome.isThere)) struct BootTests {
    private static let goesOn = "that has booted"

    /// What a component may do that shows whether the guest has booted as it should, and a real boot in between.
    private static let template = TestTemplate(
        components: [
            (
                "First",
                [
                    .init(
                        name: "Make",
                        script: """
                            useradd -m -s /bin/bash app
                            echo content > /home/app/file && chown app:app /home/app/file
                            printf '[Service]\\nType=oneshot\\nExecStart=/bin/touch /run/started\\n[Install]\\nWantedBy=multi-user.target\\n' > /etc/systemd/system/app.service
                            systemctl daemon-reload && systemctl enable app && ldconfig
                            """),
                    .init(name: "Restart", action: ("Reboot", "{}")),
                    .init(name: "Look", script: "test -e /run/started && echo more >> /home/app/file"),
                ]
            ),
            (
                "Second",
                [
                    .init(
                        name: "Make",
                        script:
                            "test -e /run/started && useradd -m other && install -o other /etc/hostname /home/other/file"
                    )
                ]
            ),
        ], tests: false)

    private static let document = """
        schemaVersion: 1.0
        phases: [{name: build, steps: [{name: S, action: ExecuteBash, inputs: {commands: [uptime]}}]}]

        """

    @Test(
        "A warm build, and one from the guest before the last component, make the image that a cold one makes, file by file; a boot that is damaged is made anew",
        .timeLimit(.minutes(25)))
    func warm() async throws {
        try await withCommandHome { home in
            try home.write("kiln.yaml", TestTemplate.settings)
            try home.write("t.yaml", Self.template.text)
            let cold = try await build(home, ["--no-cache", "--cold"], isWarm: false)
            #expect(try boots(home).isEmpty)
            try await run(home, isWarm: false)
            let boot = try #require(try boots(home).first)
            let warm = try await build(home, ["--no-cache"], isWarm: true)
            #expect(warm.layers.first?.boot == boot.key)
            // The guest before the last component was kept, too: that one alone runs again.
            let kept = try await build(home, ["--from", "Second"], isWarm: true, ran: ["Second"])
            #expect(kept.layers.first?.key == warm.layers.first?.key && kept.image != nil)
            #expect(kept.layers.last?.boot != nil && kept.layers.last?.boot != boot.key)
            let wanted = try await content(cold, home)
            #expect(wanted.count > 10_000 && wanted.contains { $0.hasSuffix("/home/app/file") })
            #expect(wanted.contains { $0.hasSuffix("/home/other/file") })
            for build in [warm, kept] {
                let different = try await content(build, home).symmetricDifference(wanted).sorted()
                #expect(different.isEmpty, "\(build.id): \(different.prefix(20))")
            }
            try await damaged(home, boot)
        }
    }

    private func build(
        _ home: CommandHome, _ flags: [String], isWarm: Bool, ran: [String] = ["First", "Second"]
    ) async throws -> BuildRecord {
        let kiln = try home.kiln(["build", "t.yaml", "--no-export"] + flags)
        let ended = try await kiln.end()
        #expect(ended.status == 0, "\(ended.output)")
        #expect(ended.output.contains(Self.goesOn) == isWarm, "\(ended.output)")
        #expect(["First", "Second"].filter { ended.output.contains("\($0) › build") } == ran, "\(ended.output)")
        try home.expectNothingLeft(of: kiln)
        return try #require(home.build)
    }

    private func run(_ home: CommandHome, isWarm: Bool) async throws {
        try home.write("c.yaml", Self.document)
        let kiln = try home.kiln(["run", "c.yaml"])
        let ended = try await kiln.end()
        #expect(ended.status == 0 && ended.output.contains(Self.goesOn) == isWarm, "\(ended.output)")
        try home.expectNothingLeft(of: kiln)
    }

    private func boots(_ home: CommandHome) throws -> [LayerRecord] {
        try LayerStore(home: home.home).all().filter { $0.booted != nil }
    }

    /// All files of an image: owners, permissions, sizes and links; the digests of those that were written since the base was made.
    private func content(_ build: BuildRecord, _ home: CommandHome) async throws -> Set<String> {
        let image = try #require(build.frozenImage(home.home)).disk
        let text = try await HostCommand(
            "guestfish",
            [
                "--ro", "--format=qcow2", "-a", image.string, "-m", "/dev/sda3", "sh",
                "find / -xdev -type f -cnewer /boot/grub/grub.cfg -exec sha256sum {} + ; find / -xdev -printf '%P %y %m %U %G %l %s\\n'",
            ],
            environment: [
                "LIBGUESTFS_BACKEND": "direct", "LIBGUESTFS_BACKEND_SETTINGS": "force_tcg",
                "LIBGUESTFS_CACHEDIR": home.home.libguestfs.string,
            ], limit: .seconds(400), package: "guestfish"
        ).run()
        return Set(text.split(separator: "\n").map(String.init))
    }

    /// RAM that is not what was kept is used by nobody; what lies on the boot's disk still is.
    private func damaged(_ home: CommandHome, _ boot: LayerRecord) async throws {
        let place = LayerStore(home: home.home).place(boot.key)
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: place.memory.string))
        try file.seek(toOffset: 10 << 20)
        try file.write(contentsOf: Data([0xA5, 0x5A]))
        try file.close()
        for isWarm in [false, true] { try await run(home, isWarm: isWarm) }
        #expect(!Folders.exists(place.memory) && Folders.exists(place.disk))
        let kiln = try home.kiln(["build", "t.yaml", "--no-export", "--explain"])
        let ended = try await kiln.end()
        #expect(ended.status == 0 && ended.output.contains("nothing has changed"), "\(ended.output)")
    }

    @Test("A kiln that is killed while it keeps a boot leaves a store that works", .timeLimit(.minutes(10)))
    func killed() async throws {
        try await withCommandHome { home in
            try home.write("kiln.yaml", TestTemplate.settings)
            try home.write("c.yaml", Self.document)
            let killed = try home.kiln(["run", "c.yaml"])
            try await killed.wait(for: "the guest's RAM", within: .seconds(200)) {
                try Folders.names(in: home.home.layers).contains { name in
                    (try? Folders.names(in: home.home.layers.appending(name)))?.contains { $0.hasPrefix("memory") }
                        == true
                }
            }
            killed.signal(SIGKILL)
            _ = try await killed.end()
            // A run with a guest of its own sweeps, and keeps its boot.
            try await run(home, isWarm: false)
            #expect(try boots(home).count == 1)
        }
    }
}
