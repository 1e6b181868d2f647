import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Exporting

/// VHD and qcow2, each as QEMU's tools read them.
@Suite(.serialized, .timeLimit(.minutes(10))) struct FormatTests {
    private static let drivers: [Artifact.Format: String] = [
        .raw: "raw", .vmdk: "vmdk", .vhd: "vpc", .vhdFixed: "vpc", .qcow2: "qcow2", .qcow2Compressed: "qcow2",
    ]

    /// Exports, and has the files judged: content, size, digest, and QEMU's check where the format has one.
    @discardableResult
    private func export(_ disk: FilePath, _ formats: [Artifact.Format], to output: FilePath) async throws -> [Artifact]
    {
        let artifacts = try await ImageExport.run(image: disk, name: "image", formats: formats, to: output)
        #expect(Set(artifacts.map(\.format)) == Set(formats))
        for artifact in artifacts {
            let file = output.appending(artifact.file)
            let driver = try #require(Self.drivers[artifact.format])
            #expect(try await sha256(file) == artifact.sha256, "\(artifact)")
            #expect(try FileManager.default.attributesOfItem(atPath: file.string)[.size] as? Int == Int(artifact.size))
            try await qemuImg("compare", "-q", "-f", "qcow2", "-F", driver, disk.string, file.string)
            #expect(try await virtualSize(file, format: driver) == virtualSize(disk, format: "qcow2"))
            // Unused clusters are an error here too: nothing is wasted.
            if driver == "qcow2" { try await qemuImg("check", "-q", "-f", driver, file.string) }
        }
        return artifacts
    }

    @Test("VHD and qcow2 are what qemu-img reads from the disk, and their digests are right", arguments: DiskRecipe.all)
    func content(recipe: DiskRecipe) async throws {
        try await withDisk(recipe.script) { disk, output in
            try await export(disk, [.vhd, .qcow2, .vmdk], to: output)
            // The digest of a large hole is only worth its time once.
            let isLarge = recipe.name.contains("large")
            try await export(disk, isLarge ? [.qcow2Compressed] : [.raw, .vhdFixed, .qcow2Compressed], to: output)
        }
    }

    @Test("Places beyond 2 GiB in the files, which have holes there")
    func farOffsets() async throws {
        // 64 KiB in each of 1100 blocks of 2 MiB.
        let script = """
            qemu-img create -q -f qcow2 $1 2200M
            i=0; while [ $i -lt 1100 ]; do echo "write -q -P $((i % 255 + 1)) $((i * 2))M 64k"; i=$((i + 1)); done |
              qemu-io -f qcow2 $1 >/dev/null
            """
        try await withDisk(script) { disk, output in
            for format in [Artifact.Format.vhd, .vhdFixed] {
                let artifact = try #require(try await export(disk, [format], to: output).first)
                #expect(artifact.size > 2 << 30)
                #expect(allocated(output.appending(artifact.file)) < 80 << 20)
            }
            try await export(disk, [.qcow2Compressed], to: output)
        }
    }

    @Test("Blocks and clusters that are zeros take no room, whatever the disk's map says of them")
    func sparse() async throws {
        let full = """
            qemu-img create -q -f qcow2 -o preallocation=full $1 20M
            qemu-io -f qcow2 -c 'write -P 4 5M 70k' $1
            """
        try await withDisk(full) { disk, output in
            let plain = try await export(disk, [.vhd, .qcow2], to: output)
            // A block with its bitmap, footer, header, table, footer; then header, 2 clusters, 4 of tables.
            let sizes: [Int64] = [2_097_152 + 3072, 7 * 65536]
            #expect(plain.map(\.size) == sizes)
            let others = try await export(disk, [.vhdFixed, .qcow2Compressed], to: output)
            let otherSizes: [Int64] = [20_971_520 + 512, 6 * 65536]
            #expect(others.map(\.size) == otherSizes)
            #expect(allocated(output.appending("image.vhd")) <= 192 << 10)
        }
    }

    @Test("What compresses is smaller, what does not is kept, and the compressed image can be exported again")
    func compressed() async throws {
        let script = """
            { head -c 3000001 /dev/urandom; yes kiln | head -c 5000000; head -c 2000000 /dev/urandom; } >$1.raw
            qemu-img convert -f raw -O qcow2 $1.raw $1; rm $1.raw
            """
        try await withDisk(script) { disk, output in
            let artifact = try #require(try await export(disk, [.qcow2Compressed], to: output).first)
            #expect((5_000_000...5_500_000).contains(artifact.size), "\(artifact.size)")
            let again = try await export(output.appending(artifact.file), [.vhd], to: output)
            try await qemuImg("compare", "-q", "-F", "vpc", disk.string, output.appending(again[0].file).string)
        }
    }

    @Test("The same image gives the same files every time")
    func sameBytes() async throws {
        try await withDisk(DiskRecipe.all[4].script) { disk, output in
            for formats in [[Artifact.Format.vhd, .qcow2], [.vhdFixed, .qcow2Compressed]] {
                let first = try await ImageExport.run(image: disk, name: "image", formats: formats, to: output)
                let second = try await ImageExport.run(image: disk, name: "image", formats: formats, to: output)
                #expect(first == second)
            }
        }
    }

    @Test("A raw file whose length is no multiple of a sector is filled up in VHD and qcow2")
    func oddLength() async throws {
        try await withScratchFolder { folder in
            let disk = folder.appending("odd.raw")
            try DurableFile.write([UInt8](repeating: 7, count: 100_001), to: disk)
            let formats: [Artifact.Format] = [.vhd, .qcow2]
            let artifacts = try await ImageExport.run(image: disk, name: "image", formats: formats, to: folder)
            for artifact in artifacts {
                let (file, driver) = (folder.appending(artifact.file), try #require(Self.drivers[artifact.format]))
                #expect(try await virtualSize(file, format: driver) == 100_352)
                try await qemuImg("compare", "-q", "-f", "raw", "-F", driver, disk.string, file.string)
            }
        }
    }

    @Test("A disk that a VHD cannot hold is refused before a byte is written; qcow2 takes it")
    func tooLarge() async throws {
        try await withDisk("qemu-img create -q -f qcow2 $1 2041G; qemu-io -f qcow2 -c 'write -P 1 2040G 64k' $1") {
            disk, output in
            let error = await #expect(throws: ExportFailure.self) {
                try await ImageExport.run(image: disk, name: "image", formats: [.vhd], to: output)
            }
            #expect(error?.message == "the disk has 2041 GiB, and a VHD holds 2040 GiB at most")
            #expect(try Folders.names(in: output) == [])
            try await export(disk, [.qcow2], to: output)
        }
    }

    @Test("Two kinds of one format, unknown ones and none are refused; a file that is there is kept")
    func refusals() async throws {
        #expect(throws: Never.self) { try Artifact.Format.list(["vhd", "raw", "vhd"]) == [.vhd, .raw] }
        for (words, said) in [
            (["vhd", "vhd-fixed"], ".vhd"), (["qcow2-compressed", "qcow2"], ".qcow2"), (["ova"], "'ova'"),
            ([], "no format"),
        ] {
            let error = #expect(throws: ExportFailure.self) { try Artifact.Format.list(words) }
            #expect(error?.exitStatus == .usage && error?.message.contains(said) == true)
        }
        try await withDisk(DiskRecipe.all[0].script) { disk, output in
            try Folders.create(output)
            try DurableFile.write([1], to: output.appending("image.vhd"))
            let error = await #expect(throws: ExportFailure.self) {
                try await ImageExport.run(
                    image: disk, name: "image", formats: [.raw, .vhdFixed], to: output, replaces: false)
            }
            #expect(error?.code == .exists)
            #expect(try Folders.names(in: output) == ["image.vhd"])
            #expect(try Folders.read(output.appending("image.vhd")) == [1])
        }
    }
}

/// Against images of QEMU's own.
@Suite(.serialized) struct VHDShapeTests {
    private func number(_ bytes: some Sequence<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

    @Test(
        "The geometry is the one that QEMU computes",
        arguments: ["1M", "10M", "34567680", "504M", "1G", "3G", "8G", "31G", "33G", "40G", "126G", "130G", "2000G"])
    func geometry(size: String) async throws {
        try await withScratchFolder { folder in
            let file = folder.appending("disk.vhd")
            try await qemuImg("create", "-q", "-f", "vpc", file.string, size)
            let footer = try Folders.read(file)[..<512]
            let found = VHDGeometry(sectors: number(footer[48..<56]) / 512)
            #expect(number(footer[56..<58]) == Int(found.cylinders))
            #expect(footer[58] == found.heads && footer[59] == found.sectorsPerTrack)
        }
    }

    @Test("Footer, header, table and bitmaps stand where QEMU puts them, and say the same")
    func shape() async throws {
        let script =
            "qemu-img create -q -f qcow2 $1 21M; qemu-io -f qcow2 -c 'write -P 3 1M 1M' -c 'write -P 5 9M 2M' $1"
        try await withDisk(script) { disk, output in
            _ = try await ImageExport.run(image: disk, name: "image", formats: [.vhd], to: output)
            let ours = try Folders.read(output.appending("image.vhd"))
            let file = output.appending("reference.vhd")
            try await qemuImg(
                "convert", "-q", "-f", "qcow2", "-O", "vpc", "-o", "subformat=dynamic,force_size=on", disk.string,
                file.string)
            let theirs = try Folders.read(file)
            try #require(ours.count == theirs.count)
            let differing = Set(ours.indices.filter { ours[$0] != theirs[$0] })
            // In both footers: time, creator and its version, geometry (QEMU's says that it means nothing), checksum, UUID.
            let free = [24..<36, 56..<60, 64..<84].flatMap { Array($0) }
            let end = ours.count - 512
            #expect(differing.subtracting(free + free.map { $0 + end }) == [])
            #expect(ours[..<512] == ours[end...])
            #expect(Array(ours[28..<32]) == Array("win ".utf8))
            #expect(number(ours[40..<48]) == 21 << 20 && number(ours[48..<56]) == 21 << 20)
            let sum = ours[..<512].enumerated().reduce(0) { (64..<68).contains($1.offset) ? $0 : $0 + Int($1.element) }
            #expect(UInt32(number(ours[64..<68])) == ~UInt32(sum))
        }
    }
}

@Suite struct Qcow2LayoutTests {
    @Test("The counts have room for all clusters, themselves included, and no cluster too many", arguments: 0..<40)
    func tail(step: Int) {
        for before in [32768 * step - 4, 32768 * step - 3, 32768 * step - 2, 32768 * step, 1 << step % 31]
        where before > 0 {
            let tail = Qcow2Layout.Tail(virtualSize: 1 << 40, before: before)
            let total = tail.countTable.upperBound
            #expect(tail.counts.count * 32768 >= total)
            #expect((tail.counts.count - 1) * 32768 < total)
            #expect(tail.countTable.count * 8192 >= tail.counts.count)
            #expect(tail.levelOne.count * 8192 >= 2048)
        }
    }
}
