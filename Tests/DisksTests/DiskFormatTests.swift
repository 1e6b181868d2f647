import Failures
import HostSystem
import SystemPackage
import Testing

@testable import Disks

@Suite struct DiskFormatTests {
    private func head(_ parts: [(Int, [UInt8])], length: Int = DiskFormat.headLength) -> Bytes {
        var bytes = [UInt8](repeating: 0, count: length)
        for (offset, part) in parts { bytes.replaceSubrange(offset..<offset + part.count, with: part) }
        return Bytes(content: bytes)
    }

    private func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        withUnsafeBytes(of: number.littleEndian) { Array($0) }
    }

    private let none = Bytes(content: [])

    @Test("A format is known by its first bytes, whatever the file is called")
    func detection() {
        #expect(
            DiskFormat.detect(head: head([(0, [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 3])]), tail: none) == .format(.qcow2))
        #expect(DiskFormat.detect(head: head([(0, Array("KDMV".utf8))]), tail: none) == .format(.vmdk))
        #expect(
            DiskFormat.detect(head: head([(0, Array("# Disk DescriptorFile".utf8))]), tail: none) == .format(.vmdk))
        #expect(DiskFormat.detect(head: head([]), tail: none) == .format(.raw))
    }

    @Test(
        "What Kiln does not import is named, with the command that mends it",
        arguments: [
            (0, Array("vhdxfile".utf8), "-f vhdx"), (64, [0x7F, 0x10, 0xDA, 0xBE], "-f vdi"),
            (0, [0x1F, 0x8B], "gunzip"),
            (0, [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "unxz"), (257, Array("ustar".utf8), "tar -xf"),
            (32_769, Array("CD001".utf8), "cloud image"), (0, [0x51, 0x46, 0x49, 0xFB, 0, 0, 0, 1], "-f qcow "),
        ] as [(Int, [UInt8], String)])
    func foreign(_ offset: Int, _ magic: [UInt8], _ mend: String) {
        guard case .foreign(let found) = DiskFormat.detect(head: head([(offset, magic)]), tail: none) else {
            Issue.record("not recognised: \(mend)")
            return
        }
        #expect(found.mend.contains(mend))
    }

    @Test("A VHD of fixed size is known by its footer")
    func fixedVHD() {
        let tail = head([(0, Array("conectix".utf8))], length: 512)
        guard case .foreign(let found) = DiskFormat.detect(head: head([]), tail: tail) else {
            Issue.record("taken for raw")
            return
        }
        #expect(found.mend.contains("-f vpc"))
    }

    @Test("A GPT tells where the disk has to end")
    func gpt() throws {
        let table = head(
            [(510, [0x55, 0xAA]), (450, [0xEE]), (512, Array("EFI PART".utf8)), (544, little(UInt64(2047)))])
        #expect(try DiskLayout.check(table, size: 1 << 20, of: "d") == DiskLayout(kind: .gpt, end: 1 << 20))
        let error = #expect(throws: DiskFailure.self) {
            try DiskLayout.check(table, size: (1 << 20) - 1, of: "d")
        }
        #expect(error?.code == .notADisk)
        #expect(error?.message == "d is cut short: by its partition table it has 1048576 bytes, but there are 1048575")
    }

    @Test("An MBR's last partition tells where the disk has to end")
    func mbr() throws {
        let entry: [UInt8] = [0x80, 0, 0, 0, 0x83, 0, 0, 0] + little(UInt32(2048)) + little(UInt32(2048))
        let table = head([(446, entry), (510, [0x55, 0xAA])])
        #expect(try DiskLayout.check(table, size: 2 << 20, of: "d").kind == .mbr)
        #expect(throws: DiskFailure.self) { try DiskLayout.check(table, size: 1 << 20, of: "d") }
    }

    @Test("Damaged numbers are too large, not a crash")
    func overflow() {
        let table = head([(512, Array("EFI PART".utf8)), (544, little(UInt64.max - 1))])
        #expect(throws: DiskFailure.self) { try DiskLayout.check(table, size: 1 << 40, of: "d") }
        let empty = Bytes(content: [1, 2, 3])
        #expect(throws: DiskFailure.self) { try DiskLayout.check(empty, size: 3, of: "d") }
    }

    @Test("A VMDK's descriptor names its extents, quoted and not")
    func descriptor() {
        let text = """
            # Disk DescriptorFile
            parentCID=FFFFFFFF
            createType="twoGbMaxExtentFlat"
            RW 4192256 FLAT "disk f001.vmdk" 12
            RW 100 ZERO
            """
        let descriptor = VMDKDescriptor(text)
        #expect(descriptor.parent == "ffffffff")
        #expect(descriptor.createType == "twoGbMaxExtentFlat")
        #expect(
            descriptor.extents == [
                .init(sectors: 4_192_256, type: "FLAT", file: "disk f001.vmdk", offset: 12),
                .init(sectors: 100, type: "ZERO", file: nil, offset: 0),
            ])
    }
}
