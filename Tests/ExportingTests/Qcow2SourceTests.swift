import Failures
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Exporting

@Suite struct Qcow2HeaderTests {
    /// A good header: version 3, clusters of 64 KiB, 1 GiB, two level 1 entries.
    private static let good: [UInt8] = {
        var bytes = [UInt8](repeating: 0, count: 112)
        func put(_ value: UInt64, _ offset: Int, _ length: Int) {
            for index in 0..<length { bytes[offset + index] = UInt8(value >> UInt64(8 * (length - 1 - index)) & 255) }
        }
        put(0x5146_49fb, 0, 4)
        put(3, 4, 4)
        put(16, 20, 4)
        put(1 << 30, 24, 8)
        put(2, 36, 4)
        put(3 << 16, 40, 8)
        put(104, 100, 4)
        return bytes
    }()

    private func changed(_ offset: Int, _ bytes: [UInt8]) -> [UInt8] {
        var header = Self.good
        header.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        return header
    }

    @Test("A header of version 3, and the same of version 2")
    func good() throws {
        let header = try Qcow2Header(parsing: Self.good)
        #expect(header.clusterSize == 65536)
        #expect(header.virtualSize == 1 << 30)
        #expect(header.l1Entries == 2)
        #expect(header.l1Offset == 3 << 16)
        #expect(try Qcow2Header(parsing: Array(changed(7, [2])[..<72])).version == 2)
    }

    @Test(
        "What this reader does not know is left to others",
        arguments: [
            (0, [0x51, 0x46, 0x49, 0x00]), (7, [1]), (7, [4]), (35, [1]), (79, [1]), (79, [2]), (79, [4]),
            (79, [8]), (79, [16]), (79, [32]), (72, [0x80]),
        ] as [(Int, [UInt8])])
    func unsupported(offset: Int, bytes: [UInt8]) {
        let error = #expect(throws: Qcow2Header.Refusal.self) { try Qcow2Header(parsing: changed(offset, bytes)) }
        guard case .unsupported = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test(
        "What cannot be right is damage",
        arguments: [
            (20, [0, 0, 0, 8]), (20, [0, 0, 0, 22]), (20, [0xff, 0, 0, 16]), (24, [0xff]), (31, [1]), (24, [0, 0, 1]),
            (36, [0, 0, 0, 1]), (36, [0xff, 0xff]), (40, [0xff]), (47, [1]), (40, [0, 0, 0, 0, 0, 0]), (103, [103]),
            (103, [96]), (104, [1]), (15, [1]),
        ] as [(Int, [UInt8])])
    func damaged(offset: Int, bytes: [UInt8]) {
        // 104: an optional field that the header's length must reach.
        var header = changed(offset, bytes)
        if offset == 104 { header[103] = 112 }
        if offset == 40, bytes.count == 6 { header.replaceSubrange(40..<48, with: [UInt8](repeating: 0, count: 8)) }
        let error = #expect(throws: Qcow2Header.Refusal.self) { try Qcow2Header(parsing: header) }
        guard case .damaged = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test("Cut off anywhere, it is refused and nothing worse")
    func cut() {
        for length in 0..<104 {
            #expect(throws: Qcow2Header.Refusal.self) { try Qcow2Header(parsing: Array(Self.good[..<length])) }
        }
    }
}

/// Images that QEMU's tools make.
@Suite struct Qcow2SourceTests {
    private func runs(_ disk: any DiskSource) throws -> [DiskRun] {
        var runs: [DiskRun] = []
        var position = 0
        while position < disk.virtualSize {
            let run = try disk.run(at: position)
            position = run.end
            if let last = runs.last, last.kind == run.kind {
                runs[runs.count - 1].end = run.end
            } else {
                runs.append(run)
            }
        }
        return runs
    }

    @Test("Data, zeros that were written, and what never was are told apart")
    func kinds() async throws {
        try await withScratchFolder { folder in
            let image = folder.appending("disk.qcow2")
            try await qemuImg("create", "-q", "-f", "qcow2", image.string, "10M")
            try await qemuIO(
                image,
                ["write -P 7 1M 100k", "write -P 8 4M 64k", "write -z 4M 64k", "write -z 6M 128k", "discard 1M 64k"])
            let found = try runs(Qcow2Source(image))
            #expect(
                found == [
                    DiskRun(kind: .hole, end: 1 << 20), DiskRun(kind: .zero, end: 1 << 20 + 64 << 10),
                    DiskRun(kind: .data, end: 1 << 20 + 128 << 10), DiskRun(kind: .hole, end: 4 << 20),
                    DiskRun(kind: .zero, end: 4 << 20 + 64 << 10), DiskRun(kind: .hole, end: 6 << 20),
                    DiskRun(kind: .zero, end: 6 << 20 + 128 << 10), DiskRun(kind: .hole, end: 10 << 20),
                ] || found.first { $0.kind == .data }?.end == (1 << 20) + (128 << 10))
            #expect(found.contains { $0.kind == .zero })
        }
    }

    @Test("Bytes come back wherever one reads, over clusters that lie apart", arguments: ["512", "64k", "2M"])
    func reading(cluster: String) async throws {
        try await withScratchFolder { folder in
            let image = folder.appending("disk.qcow2")
            try await qemuImg("create", "-q", "-f", "qcow2", "-o", "cluster_size=\(cluster)", image.string, "9M")
            // Backwards, so that neighbours on the disk are no neighbours in the file.
            try await qemuIO(
                image,
                (0..<8).reversed().map { "write -P \($0 + 1) \($0)M 1M" } + ["write -P 9 8650752 1k"])
            let disk = try Qcow2Source(image)
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 3 << 20, alignment: 16)
            defer { buffer.deallocate() }
            try disk.read(into: buffer, at: (1 << 20) + 777)
            for position in [0, 1000, (1 << 20) - 778, (1 << 20) - 777, (3 << 20) - 778, (3 << 20) - 777] {
                #expect(buffer[position] == UInt8((position + 777) >> 20 + 2), "\(position)")
            }
            let tail = UnsafeMutableRawBufferPointer(rebasing: buffer[..<2048])
            try disk.read(into: tail, at: 8_650_752 - 512)
            #expect(tail[511] == 0)
            #expect(tail[512] == 9)
            #expect(tail[512 + 1023] == 9)
            #expect(tail[512 + 1024] == 0)
        }
    }

    @Test("Compressed clusters, a backing file and extended entries are refused when the image is opened")
    func refused() async throws {
        try await withScratchFolder { folder in
            let raw = folder.appending("raw")
            try await HostCommand("sh", ["-c", "yes kiln | head -c 1M >\(raw)"]).run()
            let base = folder.appending("base.qcow2")
            try await qemuImg("convert", "-q", "-f", "raw", "-O", "qcow2", "-c", raw.string, base.string)
            let overlay = folder.appending("overlay.qcow2")
            try await qemuImg("create", "-q", "-f", "qcow2", "-b", base.string, "-F", "qcow2", overlay.string)
            let extended = folder.appending("extended.qcow2")
            try await qemuImg("create", "-q", "-f", "qcow2", "-o", "extended_l2=on", extended.string, "1M")
            for (image, reason) in [
                (base, "it has compressed clusters"), (overlay, "it has a backing file"),
                (extended, "it has extended L2 entries"), (raw, "it is no qcow2 image"),
            ] {
                #expect(throws: Qcow2Header.Refusal.unsupported(reason)) { try Qcow2Source(image) }
            }
        }
    }

    @Test("A chain of images reads as QEMU reads it: with zeros over data, and a disk that grew")
    func chain() async throws {
        try await withScratchFolder { folder in
            let names = ["base", "middle", "top"].map { folder.appending("\($0).qcow2") }
            try await qemuImg("create", "-q", "-f", "qcow2", names[0].string, "20M")
            try await qemuIO(names[0], ["write -P 1 0 20M", "discard 4M 1M"])
            // By a path from its own folder, too.
            try await qemuImg(
                "create", "-q", "-f", "qcow2", "-b", "base.qcow2", "-F", "qcow2", names[1].string, "1100M")
            try await qemuIO(
                names[1],
                [
                    "write -P 2 1M 100k", "write -z 6M 2M", "write -P 3 21M 64k", "write -P 3 1080M 64k",
                    "discard 600M 4M",
                ])
            try await qemuImg(
                "create", "-q", "-f", "qcow2", "-b", names[1].string, "-F", "qcow2", names[2].string, "1101M")
            try await qemuIO(names[2], ["write -P 4 7M 3k", "write -z 1080M 64k", "write -P 5 1100M 1M"])

            let disk = try OverlaySource.open(names[2])
            #expect(disk.virtualSize == 1101 << 20)
            let raw = folder.appending("expected.raw")
            try await qemuImg("convert", "-q", "-O", "raw", names[2].string, raw.string)
            let expected = try RawSource(raw)
            let (found, wanted) = (Piece(1 << 20), Piece(1 << 20))
            for offset in stride(from: 0, to: disk.virtualSize, by: 1 << 20) {
                try disk.read(into: found.bytes, at: offset)
                try expected.read(into: wanted.bytes, at: offset)
                try #require(found.isSame(as: wanted), "at \(offset)")
            }
            #expect(try disk.run(at: 6 << 20).kind == .zero)
            #expect(try disk.run(at: 7 << 20).kind == .data)
            #expect(try disk.run(at: 500 << 20).kind == .hole)
            #expect(try disk.run(at: 1080 << 20).kind == .zero)
            // What was discarded where nothing is below was never written.
            #expect(try Qcow2Source(names[1], isOverlay: true).run(at: 601 << 20).kind == .zero)
            #expect(try disk.run(at: 601 << 20).kind == .hole)
        }
    }

    @Test("A chain that does not end, or whose lower image is gone, is told")
    func brokenChain() async throws {
        try await withScratchFolder { folder in
            let (base, top) = (folder.appending("base.qcow2"), folder.appending("top.qcow2"))
            try await qemuImg("create", "-q", "-f", "qcow2", base.string, "1M")
            try await qemuImg("create", "-q", "-f", "qcow2", "-b", base.string, "-F", "qcow2", top.string)
            try await qemuImg("rebase", "-u", "-f", "qcow2", "-F", "qcow2", "-b", top.string, base.string)
            #expect(throws: Qcow2Header.Refusal.damaged("its chain of backing files does not end")) {
                try OverlaySource.open(top)
            }
            unlink(base.string)
            #expect(throws: ExportFailure.self) { try OverlaySource.open(top) }
        }
    }

    @Test("A file cut off in its data or its tables is damaged, not short of zeros")
    func cutOff() async throws {
        try await withScratchFolder { folder in
            let image = folder.appending("disk.qcow2")
            try await qemuImg("create", "-q", "-f", "qcow2", image.string, "8M")
            try await qemuIO(image, ["write -P 5 0 8M"])
            for size in ["4M", "300k", "200k"] {
                try await HostCommand("truncate", ["-s", size, image.string]).run()
                let error = #expect(throws: Qcow2Header.Refusal.self) { try Qcow2Source(image) }
                guard case .damaged = error else {
                    Issue.record("\(size): \(String(describing: error))")
                    return
                }
            }
        }
    }
}

private final class Piece {
    let bytes: UnsafeMutableRawBufferPointer

    init(_ count: Int) { bytes = .allocate(byteCount: count, alignment: 4096) }

    func isSame(as other: Piece) -> Bool {
        guard let start = bytes.baseAddress, let second = other.bytes.baseAddress else { return false }
        return memcmp(start, second, bytes.count) == 0
    }

    deinit { bytes.deallocate() }
}
