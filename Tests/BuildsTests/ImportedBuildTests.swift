import Disks
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage
import Testing

@testable import Builds

private let environment = ProcessInfo.processInfo.environment

/// A disk without a guest agent, all the way: imported, built on, tested, and its image the parent of others.
@Suite(.serialized, .enabled(if: environment["KILN_TEST_BASE"] != nil)) struct ImportedBuildTests {
    private static let template = """
        Resources:
          C:
            Type: AWS::ImageBuilder::Component
            Properties:
              Name: component
              Version: 1.0.0
              Platform: Linux
              Data: |
                schemaVersion: 1.0
                phases:
                  - name: build
                    steps:
                      - name: Build
                        action: ExecuteBash
                        inputs:
                          commands:
                            - |
                              set -e
                              if command -v qemu-ga; then exit 1; fi
                              [ "$(systemctl is-active kiln-guest-agent)" = active ]
                              case $(systemctl is-system-running) in running|degraded) ;; *) exit 2 ;; esac
                              echo built > /etc/built
                  - name: test
                    steps:
                      - name: Test
                        action: ExecuteBash
                        inputs:
                          commands:
                            - '[ "$(cat /etc/built)" = built ]'
          R:
            Type: AWS::ImageBuilder::ImageRecipe
            Properties:
              Name: Import Recipe
              Version: 1.2.0
              ParentImage: no-agent
              Components: [{ComponentArn: !Ref C}]
          I:
            Type: AWS::ImageBuilder::InfrastructureConfiguration
            Properties: {Name: infrastructure, InstanceProfileName: p}
          P:
            Type: AWS::ImageBuilder::ImagePipeline
            Properties: {Name: pipeline, ImageRecipeArn: !Ref R, InfrastructureConfigurationArn: !Ref I}
        """

    private let shared = KilnHome(environment: [
        "KILN_HOME": environment["KILN_TEST_HOME"] ?? "/var/tmp/kiln-test-home"
    ])

    private func guestfish(_ disk: FilePath, readOnly: Bool, _ commands: [String]) async throws -> String {
        try await HostCommand(
            "guestfish",
            (readOnly ? ["--ro"] : []) + ["--format=qcow2", "-a", disk.string, "-m", "/dev/sda3"] + commands,
            environment: [
                "LIBGUESTFS_BACKEND": "direct", "LIBGUESTFS_BACKEND_SETTINGS": "force_tcg",
                "LIBGUESTFS_CACHEDIR": shared.libguestfs.string,
            ], limit: .seconds(300), package: "guestfish"
        ).run()
    }

    /// The base image as it is where nobody has installed an agent.
    private func makeDisk(in folder: FilePath) async throws -> FilePath {
        let base = FilePath(try #require(environment["KILN_TEST_BASE"]))
        let disk = folder.appending("overlay.qcow2")
        try await QemuImage.createOverlay(disk, on: base)
        _ = try await guestfish(
            disk, readOnly: false,
            [
                "rm-f", "/usr/sbin/qemu-ga", ":", "rm-f", "/lib/systemd/system/qemu-guest-agent.service", ":",
                "rm-f", "/lib/udev/rules.d/60-qemu-guest-agent.rules",
            ])
        let whole = folder.appending("no-agent.qcow2")
        try await QemuImage.flatten(disk, to: whole)
        return whole
    }

    @Test(
        "A disk without an agent is imported, built on and tested; nothing of Kiln's agent is in the image",
        .timeLimit(.minutes(30)))
    func importAndBuild() async throws {
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let home = KilnHome(data: folder.appending("home"), cache: folder.appending("home/cache"))
        let library = ImageLibrary(home: home)
        let acceleration = try await Acceleration.detect(home: shared)
        let settings = ApplianceSettings(
            acceleration: acceleration.kind == .kvm ? .kvm : .tcg, cache: shared.libguestfs)

        try Folders.create(shared.libguestfs)
        let disk = try await makeDisk(in: folder)
        func importing(_ disk: FilePath, replace: Bool = false) async throws(DiskFailure) -> ImportRecord {
            try await library.importDisk(
                disk, as: "no-agent", taken: ["debian-12"], replace: replace, settings: settings
            ) { _ in }
        }
        let record = try await importing(disk)
        #expect(record.contents.agent == .missing)
        #expect(record.contents.bootModes == [.bios, .uefi])
        #expect(record.contents.hasCloudInit)
        #expect(record.contents.system.packageFormat == "deb")
        #expect(try FileDigest.sha256(disk).digest == record.sourceDigest)
        // The same disk again is no work; another one does not slip in under the name.
        #expect(try await importing(disk) == record)
        let other = folder.appending("other.raw")
        try await HostCommand("truncate", ["-s", "16M", other.string]).run()
        try await HostCommand("mke2fs", ["-q", "-F", "-t", "ext4", other.string]).run()
        let taken = await #expect(throws: DiskFailure.self) { try await importing(other) }
        #expect(taken?.code == .nameTaken)

        let hypervisor = try await Hypervisor.open(home: shared, acceleration: acceleration)
        var plan = try BuildPlan.make(
            from: try Template.parse(text: Self.template, file: "t.yaml").resolve(), pipeline: nil, base: "/")
        try plan.use(try #require(try library.imported("no-agent")))
        let engine = BuildEngine(plan: plan, home: home, hypervisor: Deferred { hypervisor }, appliance: settings) {
            _ in
        }
        let outcome = try await engine.run(resume: false) { _, _ in
            // What a running build stands on stays.
            let error = await #expect(throws: DiskFailure.self) { try await library.remove("no-agent", force: true) }
            #expect(error?.code == .inUse)
            let replaced = await #expect(throws: DiskFailure.self) { try await importing(other, replace: true) }
            #expect(replaced?.code == .inUse)
        }
        #expect(outcome.build.state == .available)
        #expect(outcome.finish.agent == .missing)
        let names = try await guestfish(
            outcome.image.disk, readOnly: true,
            ["find", "/usr/lib/systemd", ":", "ls", "/usr/lib", ":", "find", "/etc/systemd"])
        #expect(names.contains("multi-user.target"))
        #expect(!names.contains("kiln") && !names.contains("qemu-guest-agent"), "\(names)")

        // The image is a parent by its recipe's ARN and name, and needs an agent as its own parent did.
        let one = try #require(VersionPattern("1.x.x"))
        let built = try #require(library.built("import-recipe", version: one))
        #expect(built.digest == outcome.image.digest)
        #expect(built.agent == .missing)
        #expect(built.bootModes == [.bios, .uefi])
        let two = try #require(VersionPattern("2.x.x"))
        #expect(library.built("import-recipe", version: two) == nil)
        #expect(library.built("import-recipe", version: .any, build: 2) == nil)
        #expect(try library.named("Import Recipe/1.2.0") == built)
        let entry = try library.find(String(built.digest.prefix(12)))
        #expect(entry.kind == .built && entry.parent == "no-agent" && entry.parentDigest == record.digest)
        // It reads from its parent, which stays.
        let base = await #expect(throws: DiskFailure.self) { try await library.remove("no-agent", force: true) }
        #expect(base?.code == .inUse && base?.message == "no-agent is the base of Import Recipe 1.2.0")
        #expect(try await library.remove("Import Recipe/1.2.0").digest == built.digest)
        #expect(try await library.remove("no-agent").kind == .imported)
        #expect(try Folders.names(in: home.images) == [])
    }
}
