import Testing

@testable import AWSClient

@Suite struct CRC64NVMETests {
    private func checksum(_ bytes: [UInt8]) -> CRC64NVME {
        var checksum = CRC64NVME()
        bytes.withUnsafeBytes { checksum.update($0) }
        return checksum
    }

    @Test("The check value of the CRC catalogue, and its spelling in S3's header")
    func catalogue() {
        let crc = checksum(Array("123456789".utf8))
        #expect(crc.value == 0xae8b_1486_0a79_9888)
        #expect(crc.base64 == "rosUhgp5mIg=")
        #expect(checksum([]).value == 0)
    }

    @Test("The test cases of the NVM command set specification: 4 KiB of zeros, ones, rising and falling bytes")
    func specification() {
        #expect(checksum([UInt8](repeating: 0, count: 4096)).value == 0x6482_d367_eb22_b64e)
        #expect(checksum([UInt8](repeating: 0xff, count: 4096)).value == 0xc0dd_ba73_02ec_a3ac)
        #expect(checksum((0..<4096).map { UInt8($0 & 255) }).value == 0x3e72_9f5f_6750_449c)
        #expect(checksum((0..<4096).map { UInt8(255 - $0 & 255) }).value == 0x9a2d_f64b_8e9e_517e)
    }

    @Test("Pieces of any length give the whole", arguments: [0, 1, 7, 8, 9, 63, 1000, 4095])
    func pieces(cut: Int) {
        let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
        let whole = checksum(bytes)
        var running = CRC64NVME()
        bytes[..<cut].withUnsafeBytes { running.update($0) }
        bytes[cut...].withUnsafeBytes { running.update($0) }
        #expect(running == whole)
        #expect(checksum(Array(bytes[..<cut])).followed(by: checksum(Array(bytes[cut...]))) == whole)
    }

    @Test("Zeros are appended without being looked at", arguments: [0, 1, 8, 4096, 1_000_003])
    func zeros(count: Int) {
        var short = checksum(Array("head".utf8))
        short.appendZeros(count)
        #expect(short == checksum(Array("head".utf8) + [UInt8](repeating: 0, count: count)))
    }
}
