import Failures
import Foundation
import Glibc
import HostSystem
import Synchronization
import SystemPackage
import Testing

@testable import Exporting

/// Whole exports, checked with QEMU's tools.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ImageExportTests {
    static let recipes = DiskRecipe.all

    @Test("Raw and VMDK are what qemu-img reads from the disk, and their digests are right", arguments: recipes)
    func content(recipe: DiskRecipe) async throws {
        try await withDisk(recipe.script) { disk, output in
            // The digest of a large hole is only worth its time once.
            let formats: [Artifact.Format] = recipe.name.contains("large") ? [.vmdk] : [.raw, .vmdk]
            let artifacts = try await ImageExport.run(image: disk, name: "image", formats: formats, to: output)
            #expect(artifacts.map(\.format) == formats)
            #expect(try Folders.names(in: output) == formats.map { "image.\($0.rawValue)" })
            for artifact in artifacts {
                let file = output.appending(artifact.file)
                #expect(try await sha256(file) == artifact.sha256)
                #expect(
                    try FileManager.default.attributesOfItem(atPath: file.string)[.size] as? Int == Int(artifact.size))
                try await qemuImg(
                    "compare", "-q", "-f", "qcow2", "-F", artifact.format.rawValue, disk.string, file.string)
                #expect(try await virtualSize(file) == virtualSize(disk))
            }
            let vmdk = output.appending("image.vmdk")
            try await qemuImg("check", "-q", "-f", "vmdk", vmdk.string)
            let information = try await qemuImg("info", "--output=json", vmdk.string)
            #expect(information.contains("\"create-type\": \"streamOptimized\""))
            #expect(information.contains("\"compressed\": true"))
        }
    }

    @Test("Zeros take no room in the raw file and none in the VMDK")
    func sparse() async throws {
        try await withDisk(Self.recipes[4].script) { disk, output in
            let artifacts = try await ImageExport.run(image: disk, name: "image", formats: [.raw, .vmdk], to: output)
            // 40 MiB were written, and 6 MiB of them made zeros again, in three ways.
            #expect(allocated(output.appending("image.raw")) <= 34 << 20 + 64 << 10)
            // 34 MiB of one byte: 544 grains of a sector each.
            #expect(artifacts[1].size < 544 * 512 + (128 << 10))
        }
    }

    @Test("The same image gives the same files every time, whatever else is made of it")
    func sameBytes() async throws {
        try await withDisk(Self.recipes[3].script) { disk, output in
            let first = try await ImageExport.run(image: disk, name: "image", formats: [.raw, .vmdk], to: output)
            let second = try await ImageExport.run(image: disk, name: "image", formats: [.vmdk, .vmdk], to: output)
            #expect(second == Array(first[1...]))
        }
    }

    @Test("A disk that is damaged is told of, and nothing is left")
    func damaged() async throws {
        try await withDisk(Self.recipes[3].script + "; truncate -s 20M $1") { disk, output in
            let error = await #expect(throws: ExportFailure.self) {
                try await ImageExport.run(image: disk, name: "image", formats: [.raw, .vmdk], to: output)
            }
            #expect(error?.code == .failed)
            #expect(error?.message.contains("is damaged: it is cut off") == true)
            let left = try Folders.names(in: output)
            #expect(left == [])
        }
    }

    @Test("A cancelled export leaves nothing, and does not touch an earlier one")
    func cancelled() async throws {
        try await withDisk(Self.recipes[3].script) { disk, output in
            try Folders.create(output)
            try DurableFile.write(Array("earlier".utf8), to: output.appending("image.raw"))
            let (starts, started) = AsyncStream<Void>.makeStream()
            let task = Task {
                try await ImageExport.run(image: disk, name: "image", formats: [.raw, .vmdk], to: output) { _, _ in
                    started.yield()
                    // Long enough for the cancellation to arrive in the middle.
                    usleep(20_000)
                }
            }
            for await _ in starts { break }
            task.cancel()
            let error = await #expect(throws: ExportFailure.self) { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(error?.exitStatus == .interrupted)
            #expect(try Folders.names(in: output) == ["image.raw"])
            #expect(try Folders.read(output.appending("image.raw")) == Array("earlier".utf8))
        }
    }

    @Test("Drafts of a killed export are removed by the next; one that somebody is writing stays")
    func orphans() async throws {
        try await withDisk(Self.recipes[0].script) { disk, output in
            try Folders.create(output)
            try DurableFile.write([1], to: output.appending(".image.raw.1-1.new"))
            let busy = try Draft(for: "image.vmdk", in: output)
            _ = try await ImageExport.run(image: disk, name: "image", formats: [.raw, .vmdk], to: output)
            #expect(
                try Set(Folders.names(in: output)) == [
                    "image.raw", "image.vmdk", busy.path.lastComponent?.string ?? "",
                ])
        }
    }

    @Test("Too little space for the raw disk is known before a byte is written", .enabled(if: geteuid() == 0))
    func noSpaceBeforehand() async throws {
        try await withDisk(Self.recipes[3].script) { disk, output in
            try await withSmallFileSystem(output, mebibytes: 8) {
                let error = await #expect(throws: ExportFailure.self) {
                    try await ImageExport.run(image: disk, name: "image", formats: [.raw], to: output)
                }
                #expect(error?.code == .noSpace)
                #expect(error?.exitStatus == .unavailable)
                #expect(error?.message == "\(output) has 8 MiB free, and raw needs 35 MiB")
                let left = try Folders.names(in: output)
                #expect(left == [])
            }
        }
    }

    @Test(
        "No space left in the middle: folder, need and free space are named, and nothing is left",
        .enabled(if: geteuid() == 0))
    func noSpaceInTheMiddle() async throws {
        try await withDisk(Self.recipes[3].script) { disk, output in
            try await withSmallFileSystem(output, mebibytes: 50) {
                let error = await #expect(throws: ExportFailure.self) {
                    try await ImageExport.run(image: disk, name: "image", formats: [.raw, .vmdk], to: output)
                }
                #expect(error?.code == .noSpace)
                #expect(
                    error?.message
                        == "no space left in \(output) in the middle of the export: it had 50 MiB free, and raw and vmdk "
                        + "need up to 70 MiB")
                #expect(error?.hint?.contains("--output") == true)
                let left = try Folders.names(in: output)
                #expect(left == [])
            }
        }
    }

    private func withSmallFileSystem(_ folder: FilePath, mebibytes: Int, _ body: () async throws -> Void) async throws {
        try Folders.create(folder)
        try await HostCommand("mount", ["-t", "tmpfs", "-o", "size=\(mebibytes)m", "kiln-test", folder.string]).run()
        do {
            try await body()
        } catch {
            umount2(folder.string, Int32(MNT_DETACH))
            throw error
        }
        umount2(folder.string, Int32(MNT_DETACH))
    }

    @Test(
        "The base image: the same disk, and a VMDK no larger than 1.05 times QEMU's",
        .enabled(if: ProcessInfo.processInfo.environment["KILN_TEST_BASE"] != nil))
    func baseImage() async throws {
        let base = try #require(ProcessInfo.processInfo.environment["KILN_TEST_BASE"])
        try await withScratchFolder { folder in
            let artifacts = try await ImageExport.run(
                image: FilePath(base), name: "base", formats: [.raw, .vmdk], to: folder)
            try await qemuImg("compare", "-q", "-f", "qcow2", "-F", "vmdk", base, folder.appending("base.vmdk").string)
            try await qemuImg("compare", "-q", "-f", "qcow2", "-F", "raw", base, folder.appending("base.raw").string)
            try await qemuImg("check", "-q", folder.appending("base.vmdk").string)
            let reference = folder.appending("reference.vmdk")
            try await qemuImg(
                "convert", "-q", "-f", "qcow2", "-O", "vmdk", "-o", "subformat=streamOptimized", base, reference.string)
            let size = try #require(
                FileManager.default.attributesOfItem(atPath: reference.string)[.size] as? Int)
            #expect(Double(artifacts[1].size) <= 1.05 * Double(size), "\(artifacts[1].size) to \(size)")
        }
    }
}
