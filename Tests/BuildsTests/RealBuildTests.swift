import Disks
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import Synchronization
import SystemPackage
import Testing

@testable import Builds

private let environment = ProcessInfo.processInfo.environment

/// A template with one component, whose phases are given; no network is needed.
private func template(_ phases: String) throws -> ResolvedTemplate {
    let indented = phases.split(separator: "\n").map { "        \($0)" }.joined(separator: "\n")
    let text = """
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
        \(indented)
          R:
            Type: AWS::ImageBuilder::ImageRecipe
            Properties:
              Name: recipe
              Version: 1.0.0
              ParentImage: debian-12
              Components: [{ComponentArn: !Ref C}]
          I:
            Type: AWS::ImageBuilder::InfrastructureConfiguration
            Properties: {Name: infrastructure, InstanceProfileName: p}
          P:
            Type: AWS::ImageBuilder::ImagePipeline
            Properties: {Name: pipeline, ImageRecipeArn: !Ref R, InfrastructureConfigurationArn: !Ref I}
        """
    return try Template.parse(text: text, file: "t.yaml").resolve()
}

private func phase(_ name: String, _ steps: [(name: String, script: String)]) -> String {
    "- name: \(name)\n  steps:\n"
        + steps.map { step in
            let script = step.script.split(separator: "\n").map { "            \($0)" }.joined(separator: "\n")
            return
                "    - name: \(step.name)\n      action: ExecuteBash\n      inputs:\n        commands:\n          - |\n\(script)\n"
        }.joined()
}

@Suite(.serialized, .enabled(if: environment["KILN_TEST_BASE"] != nil)) struct RealBuildTests {
    /// Runs a build in a home of its own; `seen` tells what is in the frozen image's folder when the distribution starts.
    private func build(
        _ template: ResolvedTemplate, resume: Bool = false, home: KilnHome,
        distribute: (BuildEngine.Outcome) async throws -> Void
    ) async throws -> BuildEngine.Outcome {
        let base = try #require(environment["KILN_TEST_BASE"])
        let shared = KilnHome(environment: ["KILN_HOME": environment["KILN_TEST_HOME"] ?? "/var/tmp/kiln-test-home"])
        try Folders.create(shared.cache)
        let acceleration = try await Acceleration.detect(home: shared)
        let hypervisor = try await Hypervisor.open(home: shared, acceleration: acceleration)
        let plan = try BuildPlan.make(from: template, pipeline: nil, base: FilePath(base))
        let settings = ApplianceSettings(
            acceleration: acceleration.kind == .kvm ? .kvm : .tcg, cache: shared.libguestfs)
        let engine = BuildEngine(plan: plan, home: home, hypervisor: Deferred { hypervisor }, appliance: settings) {
            _ in
        }
        return try await engine.run(resume: resume) { outcome, _ in try await distribute(outcome) }
    }

    private func withHome<Value>(_ body: (KilnHome) async throws -> Value) async throws -> Value {
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        defer { try? Folders.remove(folder) }
        return try await body(KilnHome(data: folder, cache: folder.appending("cache")))
    }

    @Test(
        "A component that asks for a reboot goes on after it, and its image is clean, tested and frozen",
        .timeLimit(.minutes(15)))
    func rebootAndClean() async throws {
        let document = try template(
            phase(
                "build",
                [
                    (
                        "Reboot",
                        """
                        cat /proc/sys/kernel/random/boot_id >> /etc/boots
                        echo secret > /root/.bash_history
                        sync
                        [ $(wc -l < /etc/boots) -ge 2 ] || exit 194
                        """
                    )
                ]) + phase("validate", [("TwoBoots", "[ $(sort -u /etc/boots | wc -l) = 2 ]")])
                + phase(
                    "test",
                    [
                        (
                            "Fresh",
                            """
                            set -e
                            [ $(wc -l < /etc/boots) = 2 ]
                            [ $(grep -c $(cat /proc/sys/kernel/random/boot_id) /etc/boots) = 0 ]
                            [ ! -e /root/.bash_history ]
                            [ -z "$(ls -d /tmp/TOE_kiln/*/build-* 2>/dev/null)" ]
                            [ -s /etc/machine-id ]
                            """
                        )
                    ]))
        try await withHome { home in
            let distributed = Mutex(false)
            let outcome = try await build(document, home: home) { _ in distributed.withLock { $0 = true } }
            #expect(distributed.withLock { $0 })
            #expect(outcome.build.state == .available)
            #expect(outcome.finish.system.distribution == "debian")
            #expect(try FileDigest.sha256(outcome.image.disk).digest == outcome.image.digest)
            #expect(try await QemuImage.information(outcome.image.disk).backingFile == outcome.build.parent?.disk)
            #expect(!Folders.exists(home.builds.appending(outcome.build.id).appending("overlays")))
        }
    }

    @Test("A failed test leaves the image FAILED and distributes nothing", .timeLimit(.minutes(15)))
    func failedTest() async throws {
        let document = try template(
            phase("build", [("Nothing", "true")]) + phase("test", [("Fails", "echo the reason; exit 3")]))
        try await withHome { home in
            let distributed = Mutex(false)
            let error = await #expect(throws: BuildFailure.self) {
                try await build(document, home: home) { _ in distributed.withLock { $0 = true } }
            }
            #expect(error?.message.contains("exit code 3") == true)
            #expect(error?.message.contains("the reason") == true)
            #expect(!distributed.withLock { $0 })
            let record = try #require(BuildFolder.all(home: home).first)
            #expect(record.state == .failed)
        }
    }
}
