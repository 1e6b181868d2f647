import HostSystem
import LocalMoto
import SystemPackage
import Testing

@testable import AWSClient

@Suite struct BlockPacerTests {
    @Test("No second sees more than its share, whenever it begins")
    func bucket() {
        var bucket = TokenBucket.putBlocks
        var now = Duration.zero
        var turns: [Double] = []
        for _ in 0..<5000 {
            let wait = bucket.take(at: now)
            turns.append((now + wait).seconds)
            // Asked for faster than it gives.
            now += .microseconds(200)
        }
        for (index, turn) in turns.enumerated() where index + 1000 < turns.count {
            #expect(turns[index + 999] - turn >= 1)
        }
        // A pause is not saved up for more than a burst.
        now += .seconds(3600)
        let free = (0..<200).count { _ in bucket.take(at: now) == .zero }
        #expect(free == 64)
    }

    @Test("The limit grows to 64, is halved once for a volley of refusals, and never falls below 16")
    func adaptive() {
        var limit = AdaptiveLimit()
        #expect(limit.current == 32)
        for _ in 0..<2000 { limit.succeeded() }
        #expect(limit.current == 64)
        for _ in 0..<40 { limit.throttled(at: .seconds(10)) }
        #expect(limit.current == 32)
        limit.throttled(at: .seconds(12))
        limit.throttled(at: .seconds(14))
        #expect(limit.current == 16)
    }

    @Test("Written blocks of a sparse file, also where data only touches a block")
    func rawBlocks() async throws {
        try await withScratchFolder { folder in
            let file = folder.appending("disk.raw")
            // 4 KiB over the border of blocks 3 and 4, a byte in block 8, and an end inside block 10.
            try await HostCommand(
                "sh",
                [
                    "-c",
                    "truncate -s $((10 * 524288 + 100)) \(file); "
                        + "head -c 8192 /dev/urandom | dd of=\(file) bs=4096 seek=511 conv=notrunc status=none; "
                        + "printf x | dd of=\(file) bs=1 seek=$((8 * 524288 + 5)) conv=notrunc status=none",
                ]
            ).run()
            let blocks = try RawDiskBlocks(file)
            #expect(blocks.writtenBlocks == [3..<5, 8..<9])
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: EBSBlock.size, alignment: 16)
            defer { buffer.deallocate() }
            buffer.initializeMemory(as: UInt8.self, repeating: 0xff)
            try blocks.read(block: 10, into: buffer)
            #expect(buffer.allSatisfy { $0 == 0 })
            try blocks.read(block: 8, into: buffer)
            #expect(buffer[5] == UInt8(ascii: "x"))
            #expect(EBSUploadSession.isWritten(4, blocks.writtenBlocks))
            #expect(!EBSUploadSession.isWritten(5, blocks.writtenBlocks))
        }
    }
}
