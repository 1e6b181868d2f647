import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Builds

/// Builds that are ended in the middle, in order and not; on real guests, one after the other for they share what they
/// have built.
@Suite(.serialized, .enabled(if: CommandHome.isThere)) struct InterruptionTests {
    /// The second component takes a while; the test sees to it that the first has run once, whatever happened between.
    private static let template = TestTemplate(components: [
        ("First", [.init(name: "Mark", script: "echo one >> /etc/kiln-first")]),
        (
            "Second",
            [
                .init(name: "Slow", script: "echo second-begins\nsleep 8\necho two >> /etc/kiln-second"),
                .init(
                    phase: "test", name: "Once",
                    script: "[ $(wc -l < /etc/kiln-first) = 1 ] && [ $(wc -l < /etc/kiln-second) = 1 ]"),
            ]
        ),
    ])

    private func prepare(_ home: CommandHome) throws {
        try home.write("t.yaml", Self.template.text)
        try home.write("kiln.yaml", TestTemplate.settings)
    }

    @Test(
        "Killed and interrupted anywhere, a build leaves nothing, goes on from its last finished component, and ends well",
        .timeLimit(.minutes(25)))
    func endings() async throws {
        try await withCommandHome { home in
            try prepare(home)
            let killed = try await killInStep(home)
            try await interruptBoot(home, keeping: killed)
            let inStep = try home.save()
            try await interruptStep(home)
            try home.restore(inStep)
            let sockets = try await killInCleaning(home)
            let built = try home.save()
            for moment in Moment.allCases {
                try await interruptOffline(home, moment)
                try home.restore(built)
            }
            try await killInExport(home)
            // Who starts a guest sweeps first.
            #expect(sockets.filter(Folders.exists) == [])
            let tested = try home.save()
            try await interruptExport(home)
            try home.restore(tested)
            try await finishWithoutExport(home)
            try home.restore(tested)
            try await finish(home)
        }
    }

    /// kill -9 in the second component: the guest lives on without an owner.
    private func killInStep(_ home: CommandHome) async throws -> String {
        let kiln = try home.kiln(["build", "t.yaml"])
        try await kiln.wait(forOutput: "second-begins")
        kiln.signal(SIGKILL)
        #expect(try await kiln.end().status == 128 + SIGKILL)
        let build = try #require(home.build)
        #expect(build.state == .building)
        #expect(build.layers.map(\.component) == ["First"])
        #expect(home.processes("qemu-system").count == 1)
        return build.id
    }

    /// The next start ends the orphan and keeps the first component; ^C while its own guest boots.
    private func interruptBoot(_ home: CommandHome, keeping killed: String) async throws {
        let orphan = try #require(home.processes("qemu-system").first?.pid)
        let kiln = try home.kiln(["build", "t.yaml"])
        try await kiln.wait(for: "a guest that boots") {
            home.processes("qemu-system").contains { $0.pid != orphan && $0.command.contains("-build") }
        }
        #expect(kiln.output.contains("build \(killed) of recipe was cut off"))
        #expect(kill(orphan, 0) == -1)
        try await Task.sleep(for: .seconds(2))
        try await interrupt(kiln, home)
        #expect(BuildFolder(home: home.home, id: killed).load()?.state == .failed)
    }

    private func interruptStep(_ home: CommandHome) async throws {
        let kiln = try home.kiln(["build", "t.yaml", "--resume"])
        try await kiln.wait(forOutput: "second-begins")
        try await interrupt(kiln, home)
    }

    /// - Returns: the folders of libguestfs's sockets that it leaves.
    private func killInCleaning(_ home: CommandHome) async throws -> [FilePath] {
        let kiln = try home.kiln(["build", "t.yaml", "--resume"])
        try await kiln.wait(for: "two finished components") {
            BuildFolder.all(home: home.home).contains { $0.layers.count == 2 }
        }
        try await kiln.wait(for: "the end of the guest") {
            !home.processes("qemu-system").contains { $0.command.contains("-build") }
        }
        try await kiln.wait(for: "an appliance") { !home.appliances(of: kiln).isEmpty }
        kiln.signal(SIGKILL)
        #expect(try await kiln.end().status == 128 + SIGKILL)
        #expect(!kiln.output.contains("First › build"))
        let sockets = try home.runFolders(of: kiln).compactMap { folder in
            try? FilePath(String(decoding: Folders.read(folder.appending("beside")), as: UTF8.self))
        }
        #expect(!sockets.isEmpty && sockets.allSatisfy(Folders.exists), "\(sockets)")
        // libguestfs's own watcher ends the appliance of a process that is gone.
        for _ in 0..<600 where !home.processes().isEmpty || !home.appliances(of: kiln).isEmpty {
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(home.processes().map(\.command) == [])
        #expect(home.appliances(of: kiln) == [])
        return sockets
    }

    private enum Moment: CaseIterable {
        case cleaning, freezing
    }

    /// All components are done: what follows needs no guest.
    private func interruptOffline(_ home: CommandHome, _ moment: Moment) async throws {
        let kiln = try home.kiln(["build", "t.yaml", "--resume"])
        try await kiln.wait(for: "\(moment)") {
            guard BuildFolder.all(home: home.home).contains(where: { $0.state == .building }) else { return false }
            return switch moment {
            case .cleaning: !home.appliances(of: kiln).isEmpty
            case .freezing: !home.processes("image.qcow2.new").isEmpty
            }
        }
        try await interrupt(kiln, home)
    }

    private func killInExport(_ home: CommandHome) async throws {
        let kiln = try home.kiln(["build", "t.yaml", "--resume"])
        try await kiln.wait(for: "an export under way") { try !Folders.names(in: home.output).isEmpty }
        kiln.signal(SIGKILL)
        #expect(try await kiln.end().status == 128 + SIGKILL)
        let build = try #require(BuildFolder.all(home: home.home).first { $0.state == .distributing })
        #expect(build.isTested == true)
    }

    private func interruptExport(_ home: CommandHome) async throws {
        try Folders.remove(home.output)
        try Folders.create(home.output)
        let kiln = try home.kiln(["build", "t.yaml", "--resume"])
        try await kiln.wait(for: "an export under way") { try !Folders.names(in: home.output).isEmpty }
        try await interrupt(kiln, home)
        #expect(try Folders.names(in: home.output) == [])
    }

    /// The image stays in the store, and nothing else is made.
    private func finishWithoutExport(_ home: CommandHome) async throws {
        try Folders.remove(home.output)
        let kiln = try home.kiln(["build", "t.yaml", "--resume", "--no-export"])
        let ended = try await kiln.end()
        #expect(ended.status == 0)
        let build = try #require(BuildFolder.all(home: home.home).first { $0.state == .available })
        let digest = try #require(build.image)
        #expect(ended.output.contains("\(home.home.images)/sha256-\(digest)/disk.qcow2"), "\(ended.output)")
        #expect(!Folders.exists(home.output))
        try home.expectNothingLeft(of: kiln)
    }

    /// The image has passed its tests: only the export is left to do.
    private func finish(_ home: CommandHome) async throws {
        let kiln = try home.kiln(["build", "t.yaml", "--resume"])
        let ended = try await kiln.end()
        #expect(ended.status == 0)
        #expect(ended.output.contains("has passed its tests already"))
        #expect(try Folders.names(in: home.output) == ["recipe-1.0.0-manifest.json", "recipe-1.0.0.raw"])
        try home.expectNothingLeft(of: kiln)
        let again = try await home.kiln(["build", "t.yaml", "--resume"]).end()
        #expect(again.status == 65)
        #expect(again.output.contains("no unfinished build"))
    }

    /// ^C, and what must be so after it.
    private func interrupt(
        _ kiln: KilnProcess, _ home: CommandHome,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        func cancelled() -> Set<String> {
            Set(BuildFolder.all(home: home.home).filter { $0.state == .cancelled }.map(\.id))
        }
        let before = cancelled()
        kiln.signal(SIGINT)
        let ended = try await kiln.end(within: .seconds(120))
        #expect(ended.status == 130, "\(ended.output)", sourceLocation: location)
        #expect(cancelled().subtracting(before).count == 1, "\(ended.output)", sourceLocation: location)
        try home.expectNothingLeft(of: kiln, location: location)
    }
}
