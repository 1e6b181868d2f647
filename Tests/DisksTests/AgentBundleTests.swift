import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Disks

@Suite struct AgentBundleTests {
    @Test("The host's agent runs from the bundle alone, by the loader in it")
    func selfContained() async throws {
        let bundle = try await AgentBundle.collect()
        try await Scratch.with { scratch in
            try DurableFile.write(bundle.archive, to: scratch.path("agent.tar"))
            try await scratch.run("tar", ["-xf", "agent.tar"])
            let root = scratch.folder.string
            let listed = try await scratch.run(
                root + AgentFiles.loader,
                ["--inhibit-cache", "--library-path", root + AgentFiles.libraries, "--list", root + AgentFiles.program])
            let libraries = listed.split(separator: "\n").filter { $0.contains("=> ") }
            #expect(libraries.count >= 3)
            #expect(libraries.allSatisfy { $0.contains("=> \(root)\(AgentFiles.folder)/") }, "\(listed)")
            let version = try await scratch.run(
                root + AgentFiles.loader,
                [
                    "--inhibit-cache", "--library-path", root + AgentFiles.libraries, root + AgentFiles.program,
                    "--version",
                ])
            #expect(version.contains("Guest Agent"))
            // As the script has it: with a file that it dislikes the agent ends at once.
            #expect(AgentFiles.scriptText.contains("QGA_CONF=\(AgentFiles.configuration)\n"))
            let settings = try await HostCommand(
                root + AgentFiles.loader,
                [
                    "--inhibit-cache", "--library-path", root + AgentFiles.libraries, root + AgentFiles.program,
                    "--dump-conf",
                ], environment: ["QGA_CONF": root + AgentFiles.configuration]
            ).run()
            #expect(settings.contains("method=virtio-serial"))
            #expect(try await scratch.run("readlink", ["-f", root + AgentFiles.link]) == "\(root)\(AgentFiles.unit)\n")
            #expect(bundle.paths.allSatisfy { Folders.exists(FilePath(root + $0)) })
            try await scratch.run("sh", ["-n", root + AgentFiles.script])
        }
    }

    @Test("A library that the host lacks is an error, not a bundle without it")
    func missingLibrary() {
        let error = #expect(throws: DiskFailure.self) {
            try AgentBundle.libraries(in: "\tlibx.so.1 => not found\n\tlinux-vdso.so.1 (0x1)\n", of: "qemu-ga")
        }
        #expect(error?.message.contains("libx.so.1") == true)
    }

    @Test(
        "A configuration that keeps commands back is told from one that does not",
        arguments: [
            ("BLACKLIST_RPC=guest-file-open,guest-exec\n", true), ("# BLACKLIST_RPC=guest-exec\n", false),
            ("BLACKLIST_RPC=guest-set-vcpus\n", false), ("BLACKLIST_RPC=\n", false), ("", false),
            ("FILTER_RPC_ARGS=\"--allow-rpcs=guest-sync,guest-ping\"\n", true),
            ("[general]\nblock-rpcs = guest-exec\n", true), ("[general]\nverbose = true\n", false),
            ("FILTER_RPC_ARGS=\"--block-rpcs=guest-exec\"\n", true),
        ])
    func restrictions(_ text: String, _ isRestricting: Bool) {
        #expect(AgentState.isRestricting(text) == isRestricting)
    }
}
