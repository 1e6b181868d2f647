/// The formats that can be imported, and how a file is known to be of one.
///
/// The file's own first bytes decide, never its name: a raw disk that a guest has written a qcow2 header into must not
/// be a way to have other files of the host read.
enum DiskFormat: String, Sendable, Codable {
    case qcow2
    case vmdk
    case raw

    /// What a file is that Kiln does not import, and how it becomes one that it does.
    struct Foreign: Equatable {
        let name: String
        let mend: String
    }

    enum Detected: Equatable {
        case format(DiskFormat)
        case foreign(Foreign)
    }

    /// How many bytes of the beginning `detect` looks at: an ISO 9660 volume names itself at 32 KiB.
    static let headLength = 33 << 10
    static let tailLength = 512

    /// - Parameters:
    ///   - head: the first `headLength` bytes, fewer of a shorter file.
    ///   - tail: the last `tailLength` bytes, where a VHD of fixed size has its footer.
    static func detect(head: Bytes, tail: Bytes) -> Detected {
        if head.has([0x51, 0x46, 0x49, 0xFB]) {
            let version = head.bigEndian(4, as: UInt32.self) ?? 0
            return version == 2 || version == 3
                ? .format(.qcow2) : .foreign(convertible("a qcow image of version \(version)", "qcow"))
        }
        if head.has("KDMV") || head.has("COWD") || head.has("# Disk DescriptorFile") { return .format(.vmdk) }
        if let known = foreign.first(where: { head.has($0.magic, at: $0.offset) }) { return .foreign(known.is) }
        if head.has("conectix") || tail.has("conectix") { return .foreign(convertible("a VHD", "vpc")) }
        return .format(.raw)
    }

    private static func convertible(_ name: String, _ format: String) -> Foreign {
        Foreign(name: name, mend: "qemu-img convert -f \(format) -O qcow2 FILE disk.qcow2")
    }

    private static func packed(_ name: String, _ command: String) -> Foreign {
        Foreign(name: "packed with \(name)", mend: "unpack it first: \(command)")
    }

    private static let foreign: [(magic: [UInt8], offset: Int, is: Foreign)] = [
        (Array("vhdxfile".utf8), 0, convertible("a VHDX", "vhdx")),
        ([0x7F, 0x10, 0xDA, 0xBE], 64, convertible("a VDI", "vdi")),
        (Array("QED\0".utf8), 0, convertible("a QED image", "qed")),
        ([0x1F, 0x8B], 0, packed("gzip", "gunzip FILE")),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], 0, packed("xz", "unxz FILE")),
        ([0x28, 0xB5, 0x2F, 0xFD], 0, packed("zstd", "unzstd FILE")),
        (Array("BZh".utf8), 0, packed("bzip2", "bunzip2 FILE")),
        (Array("PK\u{3}\u{4}".utf8), 0, packed("zip", "unzip FILE")),
        (
            Array("ustar".utf8), 257,
            Foreign(name: "a tar archive (an OVA is one)", mend: "tar -xf FILE, then import the disk that is in it")
        ),
        (
            Array("CD001".utf8), 32_769,
            Foreign(
                name: "an ISO 9660 image, which installs a system but is none",
                mend: "import the disk of an installed system, or a cloud image")
        ),
        (
            Array("LUKS".utf8) + [0xBA, 0xBE], 0,
            Foreign(name: "encrypted with LUKS", mend: "import a disk that is not encrypted")
        ),
    ]
}
