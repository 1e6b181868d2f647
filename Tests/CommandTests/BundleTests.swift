import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Builds

/// `kiln bundle`, `kiln unbundle` and `kiln key`, from one home to another.
@Suite(.serialized) struct BundleTests {
    private func succeed(_ home: CommandHome, _ arguments: String..., results: String? = nil) async throws -> String {
        let ended = try await home.kiln(arguments, results: results).end()
        try #require(ended.status == 0, "\(ended.output)")
        return ended.output
    }

    /// Runs what is to fail.
    private func fail(
        _ home: CommandHome, _ status: Int32, _ text: String, _ arguments: String...,
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let ended = try await home.kiln(arguments).end()
        #expect(ended.status == status, "\(ended.output)", sourceLocation: location)
        #expect(ended.output.contains(text), "\(ended.output)", sourceLocation: location)
    }

    private func files(_ folder: FilePath) async throws -> [String] {
        let found = try await HostCommand("find", [".", "-type", "f"], workingDirectory: folder).run()
        return found.split(separator: "\n").map { String($0.dropFirst(2)) }.sorted()
    }

    private func flip(_ file: FilePath, at offset: Int) throws {
        var bytes = try Folders.read(file)
        bytes[offset] ^= 4
        try DurableFile.write(bytes, to: file)
    }

    @Test("A bundle has all of an image but its secrets, is verified by another home, and found out when it is changed")
    func carried() async throws {
        try await withCommandHome { home in
            _ = try await BuiltImage(in: home)
            try await fail(home, 69, "kiln key new", "bundle", "recipe", "--output", "a.kiln")
            _ = try await succeed(home, "key", "new")
            let said = try await succeed(home, "bundle", "recipe", "--output", "b/", "--document", "t.yaml")
            #expect(said.contains("secret values in documents/t.yaml have been replaced"))
            let folder = home.work.appending("b")
            #expect(
                try await files(folder) == [
                    "artifacts/recipe-1.0.0.raw", "bundle.json", "bundle.json.sig", "disk.qcow2", "documents/kiln.yaml",
                    "documents/parts/c.yaml", "documents/t.yaml", "logs/build-console.log", "logs/build/001-S.log",
                    "logs/events.jsonl", "manifest.json", "sbom/recipe-1.0.0.spdx.json",
                ])
            for secret in BuiltImage.secrets {
                let found = try await HostCommand("grep", ["-r", "-e", secret, folder.string]).output()
                #expect(found.status == 1, "\(found.standardOutput)")
                let kept = try await HostCommand(
                    "grep", ["-q", "-e", secret, "t.yaml", "kiln.yaml"], workingDirectory: home.work
                )
                .output()
                #expect(kept.status == 0)
            }
            let document = String(decoding: try Folders.read(folder.appending("documents/parts/c.yaml")), as: UTF8.self)
            #expect(document == BuiltImage.component)

            for name in ["one.kiln", "two.kiln"] {
                _ = try await succeed(home, "bundle", "recipe/1.0.0", "--output", name, "--document", "t.yaml")
            }
            try await HostCommand("cmp", ["one.kiln", "two.kiln"], workingDirectory: home.work).run()
            _ = try await succeed(
                home, "bundle", "recipe", "--output", "s.kiln", "--split", "40KB", "--json", results: "s.json")
            let split = String(decoding: try Folders.read(home.work.appending("s.json")), as: UTF8.self)
            #expect(split.contains("s.kiln.002"))
            try await receive(from: home)
        }
    }

    /// What another home makes of it.
    private func receive(from home: CommandHome) async throws {
        try await withCommandHome { other in
            let (one, part) = (home.work.appending("one.kiln"), home.work.appending("s.kiln.001").string)
            try await fail(other, 65, "not trusted", "unbundle", one.string, "--verify")
            _ = try await succeed(
                other, "key", "trust", home.root.appending("config/keys/kiln.pub").string, "--name", "theirs")
            #expect(try await succeed(other, "key", "ls").contains("theirs"))
            #expect(try await succeed(other, "unbundle", one.string, "--verify").contains("verified: recipe 1.0.0"))
            #expect(try await succeed(other, "unbundle", part, "--verify").contains("signed by the minisign key"))
            _ = try await succeed(other, "unbundle", one.string, "--extract", "x")
            try await HostCommand("diff", ["-r", other.work.appending("x").string, home.work.appending("b").string])
                .run()
            _ = try await succeed(other, "unbundle", "x", "--verify", "--json", results: "x.json")
            let json = String(decoding: try Folders.read(other.work.appending("x.json")), as: UTF8.self)
            #expect(json.contains(#""did" : "verified""#) && json.contains("disk.qcow2"))

            // There is no system on the disk: it is verified, and not taken.
            try await fail(other, 65, "kiln:", "unbundle", one.string)
            try flip(one, at: 20_000)
            try await fail(other, 65, "was changed", "unbundle", one.string, "--extract", "y")
            try await fail(other, 65, "was changed", "unbundle", one.string)
            try await fail(other, 65, "was changed", "unbundle", one.string, "--insecure-unsigned", "--verify")
            try flip(home.work.appending("s.kiln.002"), at: 5)
            try await fail(other, 65, "s.kiln.002 was changed", "unbundle", part, "--verify")
            try Folders.remove(home.work.appending("s.kiln.002"))
            try await fail(other, 65, "s.kiln.002 is missing", "unbundle", part, "--verify")
            #expect(try Folders.names(in: other.home.images) == [])
            #expect(try Folders.names(in: other.home.imports) == [])
            #expect(try Folders.names(in: other.work).sorted() == ["x", "x.json"])
            try other.expectNothingLeft()
        }
    }

    @Test("What cannot be bundled as it is asked for is refused, and says why")
    func refusals() async throws {
        try await withCommandHome { home in
            let image = try await BuiltImage(in: home)
            let (own, locked) = (home.work.appending("own").string, home.work.appending("locked").string)
            try await HostCommand("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", own]).run()
            try await HostCommand("ssh-keygen", ["-q", "-t", "ed25519", "-N", "correct", "-f", locked]).run()
            try await fail(home, 65, "passphrase", "bundle", "recipe", "--output", "a", "--key", locked)
            try await fail(home, 69, "there is no key", "bundle", "recipe", "--output", "a", "--key", "nobody")
            try await fail(home, 2, "leave out --key", "bundle", "recipe", "--output", "a", "--key", own, "--unsigned")
            try await fail(
                home, 2, "is not split", "bundle", "recipe", "--output", "a/", "--key", own, "--split", "4GB")
            try await fail(home, 2, "--split", "bundle", "recipe", "--output", "a", "--key", own, "--split", "12")
            try await fail(home, 65, "no image 'other'", "bundle", "other", "--output", "a", "--key", own)
            try await fail(home, 2, "is there already", "bundle", "recipe", "--output", "own", "--key", own)

            try home.write("parts/c.yaml", BuiltImage.component + "# changed\n")
            try await fail(
                home, 65, "another component 1.0.0", "bundle", "recipe", "--output", "a", "--key", own, "--document",
                "t.yaml")
            try home.write("parts/c.yaml", BuiltImage.component)
            // A secret that no search for its value finds.
            let settings = String(decoding: try Folders.read(home.work.appending("kiln.yaml")), as: UTF8.self)
            try home.write("kiln.yaml", settings.replacing("value: stored-5d5d5d", with: #"value: "stored-\x35d5d5d""#))
            try await fail(
                home, 65, "cannot be taken out", "bundle", "recipe", "--output", "a", "--key", own, "--document",
                "t.yaml")
            try home.write("kiln.yaml", settings)
            #expect(!Folders.exists(home.work.appending("a")))

            // An artifact that has changed since is no artifact of this image.
            try home.write("kiln-output/\(BuiltImage.artifact)", "something else")
            let said = try await succeed(home, "bundle", "recipe", "--output", "a", "--key", own)
            #expect(said.contains("the bundle goes without") && said.contains("ssh key SHA256:"))
            #expect(try await succeed(home, "unbundle", "a", "--verify", "--key", "\(own).pub").contains("verified"))
            try await fail(home, 65, "not trusted", "unbundle", "a", "--verify")
            _ = try await succeed(home, "bundle", "recipe", "--output", "u", "--unsigned")
            try await fail(home, 65, "no signature", "unbundle", "u", "--verify")
            #expect(
                try await succeed(home, "unbundle", "u", "--verify", "--insecure-unsigned").contains(
                    "warning: not signed"))
            // The disk itself is not what its name says: nothing is written.
            let disk = home.home.images.appending("sha256-\(image.digest)").appending("disk.qcow2")
            try flip(disk, at: 100)
            try await fail(home, 65, "is not what it was", "bundle", "recipe", "--output", "c", "--key", own)
            let names = try Folders.names(in: home.work)
            #expect(!names.contains { $0 == "c" || $0.hasPrefix(".") })
        }
    }

    @Test(
        "An image is carried to another home, where it has the digest that it had, and is a parent",
        .enabled(if: CommandHome.isThere), .timeLimit(.minutes(10)))
    func imported() async throws {
        try await withCommandHome { home in
            _ = try await succeed(home, "key", "new")
            _ = try await succeed(home, "bundle", "debian-12", "--output", "d.kiln")
            let bundle = home.work.appending("d.kiln")
            let digest = String(
                try await HostCommand("sha256sum", [try #require(CommandHome.base).string]).run().prefix(64))
            try await withCommandHome { other in
                let key = home.root.appending("config/keys/kiln.pub").string
                try await fail(other, 1, "catalogue", "unbundle", bundle.string, "--key", key)
                let run = try other.kiln(["unbundle", bundle.string, "--key", key, "--name", "carried"])
                let ended = try await run.end()
                try #require(ended.status == 0, "\(ended.output)")
                #expect(ended.peakMemory < 200 << 20)
                let library = ImageLibrary(home: other.home)
                let entry = try library.find("carried")
                #expect(entry.digest == digest && entry.kind == .imported)
                try await HostCommand("cmp", [entry.disk, try #require(CommandHome.base).string]).run()
                #expect(try library.imported("carried")?.bootModes?.isEmpty == false)
                #expect(try Folders.names(in: other.home.images) == ["sha256-\(digest)"])
                // What the bundle says of it stays with it, and goes on with it.
                let again = try await succeed(
                    other, "bundle", "carried", "--output", "c/", "--unsigned", "--json", results: "c.json")
                #expect(!again.contains("error"))
                let json = String(decoding: try Folders.read(other.work.appending("c.json")), as: UTF8.self)
                #expect(json.contains(#""parent" : "definition "#) && json.contains(#""name" : "carried""#))
                // Cut off in the middle: it is not there, and the next start clears what was left.
                _ = try await succeed(other, "image", "rm", "carried")
                let cut = try other.kiln(["unbundle", bundle.string, "--key", key, "--name", "carried"])
                try await cut.wait(forOutput: "verify: 50 %")
                cut.signal(SIGINT)
                #expect(try await cut.end().status == 130)
                #expect(try Folders.names(in: other.home.images) == [])
                try other.expectNothingLeft(of: cut)
            }
        }
    }
}
