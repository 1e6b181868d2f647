import HostSystem
import Testing

/// What `kiln` tells the shell where no guest is needed.
@Suite struct ExitStatusTests {
    @Test("Bad arguments are 2, invalid documents 65, a libvirt that does not answer 69, all with one clear error")
    func statuses() async throws {
        try await withCommandHome { home in
            let usage = try await home.kiln(["build", "--no-such-option", "t.yaml"]).end()
            #expect(usage.status == 2)
            #expect(usage.output.contains("--no-such-option"))

            try home.write("broken.yaml", "Resources:\n  C:\n   - [\n")
            let both = try await home.kiln(["build", "t.yaml", "--no-export", "--formats", "raw"]).end()
            #expect(both.status == 2)
            #expect(both.output.contains("leave out --formats"))

            let invalid = try await home.kiln(["build", "broken.yaml"]).end()
            #expect(invalid.status == 65)
            #expect(invalid.output.contains("broken.yaml:"))
            #expect(!Folders.exists(home.home.builds))

            let missing = try await home.kiln(["build", "missing.yaml"]).end()
            #expect(missing.status == 65)
            #expect(missing.output.contains("missing.yaml"))

            let template = TestTemplate(components: [("Component", [.init(name: "Nothing", script: "true")])])
            try home.write("t.yaml", template.text)
            let unknown = try await home.kiln(["build", "t.yaml", "--resume", "--connect", "qemu:///nonsense"]).end()
            #expect(unknown.status == 69)
            #expect(unknown.output.contains("cannot connect to libvirt at qemu:///nonsense"))
            let remote = try await home.kiln(["build", "t.yaml", "--connect", "qemu+ssh://host.invalid/system"]).end()
            #expect(remote.status == 69)
            #expect(remote.output.contains("another machine"))
            try home.expectNothingLeft()
        }
    }
}
