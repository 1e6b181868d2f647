import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Disks

/// Disks that are judged before any appliance starts, all of them made here.
@Suite struct SourceDiskTests {
    private func refused(_ file: FilePath, _ code: DiskFailureCode, _ words: String) async {
        let error = await #expect(throws: DiskFailure.self) { try await SourceDisk.examine(file) }
        #expect(error?.code == code)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        #expect(error?.hint != nil)
        #expect(error?.exitStatus == .invalidDocument)
    }

    @Test("Every VMDK that qemu-img writes, and qcow2 and raw, are taken as what they are")
    func formats() async throws {
        try await Scratch.with { scratch in
            let raw = try await scratch.fileSystem()
            #expect(try await SourceDisk.examine(raw).format == .raw)
            let qcow2 = try await scratch.convert(raw, to: "disk.img", "-O", "qcow2", "-c")
            #expect(try await SourceDisk.examine(qcow2).format == .qcow2)
            for kind in [
                "monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "twoGbMaxExtentFlat", "streamOptimized",
            ] {
                let vmdk = try await scratch.convert(raw, to: "\(kind).vmdk", "-O", "vmdk", "-o", "subformat=\(kind)")
                let source = try await SourceDisk.examine(vmdk)
                #expect(source.format == .vmdk)
                #expect(source.files.count == (kind.contains("Flat") || kind.contains("twoGb") ? 2 : 1))
            }
        }
    }

    @Test("What is cut short is found, in every format")
    func cutShort() async throws {
        try await Scratch.with { scratch in
            let raw = try await scratch.fileSystem()
            let qcow2 = try await scratch.convert(raw, to: "disk.qcow2", "-O", "qcow2")
            try await scratch.cut(qcow2, by: 100 << 10)
            await refused(qcow2, .notADisk, "damaged or cut short")
            for kind in ["monolithicSparse", "monolithicFlat", "twoGbMaxExtentSparse", "streamOptimized"] {
                let vmdk = try await scratch.convert(raw, to: "\(kind).vmdk", "-O", "vmdk", "-o", "subformat=\(kind)")
                let extent =
                    ["monolithicFlat": "\(kind)-flat.vmdk", "twoGbMaxExtentSparse": "\(kind)-s001.vmdk"][kind]
                    ?? "\(kind).vmdk"
                // Less than a grain; a stream has the place of its directory in its last sectors.
                for bytes in [200, 2000] {
                    try await scratch.cut(scratch.path(extent), by: bytes)
                    await refused(vmdk, .notADisk, kind == "streamOptimized" ? "\(kind).vmdk" : "cut short")
                }
            }
            try await scratch.cut(raw, by: 1 << 20)
            await refused(raw, .notADisk, "cut short")
        }
    }

    @Test("An image that needs other files is refused before anything opens those")
    func dependent() async throws {
        try await Scratch.with { scratch in
            let raw = try await scratch.fileSystem()
            let overlay = scratch.path("overlay.qcow2")
            try await scratch.run(
                "qemu-img", ["create", "-q", "-f", "qcow2", "-F", "raw", "-b", raw.string, overlay.string])
            await refused(overlay, .dependsOnOthers, "overlay on \(raw)")
            let data = scratch.path("with-data.qcow2")
            try await scratch.run(
                "qemu-img", ["create", "-q", "-f", "qcow2", "-o", "data_file=data.raw", data.string, "1M"])
            await refused(data, .dependsOnOthers, "another file")
            let base = try await scratch.convert(raw, to: "base.vmdk", "-O", "vmdk")
            let child = scratch.path("child.vmdk")
            try await scratch.run(
                "qemu-img", ["create", "-q", "-f", "vmdk", "-F", "vmdk", "-b", base.string, child.string])
            await refused(child, .dependsOnOthers, "overlay")
            for extent in ["/etc/passwd", "../secret.raw", "json:{}"] {
                let vmdk = scratch.path("evil.vmdk")
                let text = "# Disk DescriptorFile\nparentCID=ffffffff\ncreateType=\"monolithicFlat\"\n"
                try DurableFile.write(Array((text + "RW 8 FLAT \"\(extent)\" 0\n").utf8), to: vmdk)
                await refused(vmdk, .dependsOnOthers, extent)
            }
            symlink("/etc/passwd", scratch.path("link.raw").string)
            let text = "# Disk DescriptorFile\ncreateType=\"monolithicFlat\"\nRW 1 FLAT \"link.raw\" 0\n"
            try DurableFile.write(Array(text.utf8), to: scratch.path("evil.vmdk"))
            await refused(scratch.path("evil.vmdk"), .dependsOnOthers, "symbolic link")
        }
    }

    @Test("What is no disk at all is told from one")
    func noDisk() async throws {
        try await Scratch.with { scratch in
            let text = scratch.path("notes.qcow2")
            try DurableFile.write(Array(repeating: UInt8(ascii: "x"), count: 100_000), to: text)
            await refused(text, .notADisk, "neither a partition table nor a file system")
            try DurableFile.write([], to: text)
            await refused(text, .notADisk, "empty")
            mkfifo(scratch.path("pipe").string, 0o600)
            await refused(scratch.path("pipe"), .notADisk, "not a file")
            await refused(scratch.folder, .notADisk, "not a file")
            await refused(scratch.path("missing"), .notADisk, "No such file")
            let encrypted = scratch.path("encrypted.qcow2")
            // Not LUKS: qemu-img times its key derivation by the processor, which a virtual machine may not tell.
            try await scratch.run(
                "qemu-img",
                [
                    "create", "-q", "-f", "qcow2", "--object", "secret,id=s,data=test", "-o",
                    "encrypt.format=aes,encrypt.key-secret=s", encrypted.string, "1M",
                ])
            await refused(encrypted, .notADisk, "encrypted")
            let raw = try await scratch.fileSystem()
            await refused(try await scratch.convert(raw, to: "disk.vdi", "-O", "vdi"), .notADisk, "VDI")
            await refused(try await scratch.convert(raw, to: "disk.vhd", "-O", "vpc"), .notADisk, "VHD")
        }
    }

    @Test("A disk that is written to while it is imported is noticed")
    func changed() async throws {
        try await Scratch.with { scratch in
            let raw = try await scratch.fileSystem()
            let source = try await SourceDisk.examine(raw)
            try source.checkUnchanged()
            try await scratch.run("dd", ["if=/dev/zero", "of=\(raw)", "bs=1", "count=1", "conv=notrunc"])
            let error = #expect(throws: DiskFailure.self) { try source.checkUnchanged() }
            #expect(error?.code == .inUse)
        }
    }

    @Test("A digest counts holes as the zeros they are")
    func digest() async throws {
        try await Scratch.with { scratch in
            let raw = try await scratch.fileSystem()
            let theirs = try await scratch.run("sha256sum", [raw.string])
            #expect(try theirs.hasPrefix(FileDigest.sha256(raw).digest))
        }
    }
}
