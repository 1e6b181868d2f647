import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

/// `kiln export` as a user runs it.
@Suite(.serialized, .enabled(if: CommandHome.isThere), .timeLimit(.minutes(10))) struct ExportTests {
    private func json(_ home: CommandHome, _ file: String = "result") throws -> [String: Any] {
        let data = Data(try Folders.read(home.work.appending(file)))
        return try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    /// A raw disk of the user's: a file system straight on it.
    private func disk(_ home: CommandHome) async throws -> String {
        let disk = home.work.appending("disk.img").string
        try await HostCommand("truncate", ["-s", "40M", disk]).run()
        try await HostCommand("mke2fs", ["-q", "-F", "-t", "ext4", disk]).run()
        return disk
    }

    @Test("A disk file in every format; what is there is kept without --force")
    func formats() async throws {
        try await withCommandHome { home in
            let disk = try await disk(home)
            let first = try await home.kiln(
                ["export", "disk.img", "--format", "raw,vmdk,vhd,qcow2", "--output", "out", "--json"], results: "result"
            ).end()
            try #require(first.status == 0, "\(first.output)")
            #expect(first.output.contains("exporting disk.img as raw, vmdk, vhd, qcow2"))
            #expect(first.output.contains("export: 100 %"))
            let result = try json(home)
            #expect(result["image"] as? String == "disk" && result["digest"] == nil)
            let artifacts = try #require(result["artifacts"] as? [[String: Any]])
            #expect(
                artifacts.compactMap { $0["file"] as? String } == ["disk.raw", "disk.vmdk", "disk.vhd", "disk.qcow2"])
            for (format, file) in [
                ("raw", "disk.raw"), ("vmdk", "disk.vmdk"), ("vpc", "disk.vhd"), ("qcow2", "disk.qcow2"),
            ] {
                try await HostCommand(
                    "qemu-img",
                    ["compare", "-q", "-f", "raw", "-F", format, disk, home.work.appending("out/\(file)").string]
                ).run()
            }
            let again = ["export", "./disk.img", "--format", "vhd-fixed", "--output", "out"]
            let kept = try await home.kiln(again).end()
            #expect(kept.status == 1 && kept.output.contains("disk.vhd is there already"), "\(kept.output)")
            let forced = try await home.kiln(again + ["--force"], results: "text").end()
            #expect(forced.status == 0, "\(forced.output)")
            let text = String(decoding: try Folders.read(home.work.appending("text")), as: UTF8.self)
            #expect(text.contains("out/disk.vhd  40 MiB  sha256:") && text.contains("1 file in "))
            #expect(try Folders.names(in: home.work.appending("out")).count == 4)
        }
    }

    @Test("What cannot be exported says so: 2 for the words, 65 for the image")
    func refusals() async throws {
        try await withCommandHome { home in
            let words: [([String], String)] = [
                (["export", "x", "--format", "ova"], "'ova'"), (["export", "x", "--format", "vhd,vhd-fixed"], ".vhd"),
                (["export", "x", "--check", "--format", "raw"], "leave out --format"),
                (["export", "x", "--via", "ebs-direct"], "--via is for --check"),
                (["export", "x", "--check", "--via", "post"], "post"), (["export", "x", "--name", "a/b"], "'a/b'"),
            ]
            for (arguments, said) in words {
                let ended = try await home.kiln(arguments).end()
                #expect(ended.status == 2 && ended.output.contains(said), "\(arguments) \(ended.output)")
            }
            try home.write("text.txt", "no disk\n")
            for image in ["nothing", "./nothing.raw", "text.txt"] {
                let ended = try await home.kiln(["export", image]).end()
                #expect(ended.status == 65 && !ended.output.contains("export:"), "\(image) \(ended.output)")
            }
            #expect(!Folders.exists(home.output))
        }
    }

    @Test("^C leaves nothing half-written")
    func interrupted() async throws {
        try await withCommandHome { home in
            let kiln = try home.kiln(["export", "debian-12", "--format", "raw,qcow2-compressed"])
            try await kiln.wait(forOutput: "export: 0 %")
            kiln.signal(SIGINT)
            let ended = try await kiln.end()
            #expect(ended.status == 130, "\(ended.output)")
            #expect(try Folders.names(in: home.output) == [])
            try home.expectNothingLeft(of: kiln)
        }
    }

    @Test("--check: 0 and JSON for the base image, 1 for a disk without a system")
    func check() async throws {
        try await withCommandHome { home in
            let base = try home.kiln(
                ["export", "debian-12", "--check", "--via", "ebs-direct", "--json"], results: "result")
            let good = try await base.end()
            #expect(good.status == 0, "\(good.output)")
            let result = try json(home)
            let readiness = try #require(result["readiness"] as? [String: Any])
            #expect(result["isReady"] as? Bool == true && result["ways"] as? [String] == ["ebs-direct"])
            #expect(readiness["bootMode"] as? String == "uefi-preferred" && readiness["enaSupport"] as? Bool == true)
            try home.expectNothingLeft(of: base)

            _ = try await disk(home)
            let bad = try await home.kiln(["export", "disk.img", "--check"], results: "text").end()
            #expect(bad.status == 1, "\(bad.output)")
            let text = String(decoding: try Folders.read(home.work.appending("text")), as: UTF8.self)
            #expect(text.contains("error: there is no operating system") && text.contains("  try: "))
            #expect(text.contains("EC2 would not take it, or not start it: 1 error, 0 warnings"))
        }
    }
}
