import Failures

/// What decides whether a qcow2 file may be opened at all (QEMU, docs/interop/qcow2.txt).
struct Qcow2Header {
    private let name: String
    private let backing: (offset: UInt64, length: UInt32)
    private let encryption: UInt32
    private let incompatible: UInt64

    private enum Feature {
        static let corrupt: UInt64 = 1 << 1
        static let externalData: UInt64 = 1 << 2
    }

    init(_ head: Bytes, of name: String) throws(DiskFailure) {
        guard let version = head.bigEndian(4, as: UInt32.self),
            let offset = head.bigEndian(8, as: UInt64.self), let length = head.bigEndian(16, as: UInt32.self),
            let encryption = head.bigEndian(32, as: UInt32.self),
            let incompatible = version < 3 ? 0 : head.bigEndian(72, as: UInt64.self)
        else {
            throw DiskFailure(
                .notADisk, "\(name) is cut short in its qcow2 header", hint: "copy or download it again")
        }
        self.name = name
        self.backing = (offset, length)
        self.encryption = encryption
        self.incompatible = incompatible
    }

    func check(_ file: SourceFile) throws(DiskFailure) {
        if backing.offset != 0 {
            let text = try file.read(Int(min(backing.length, 1023)), at: backing.offset)
            let base = String(decoding: text.content, as: UTF8.self).filter { !$0.isNewline && $0 != "\0" }
            throw DiskFailure(
                .dependsOnOthers, "\(name) is an overlay on \(base)",
                hint: "make one file of both: qemu-img convert -O qcow2 \(name) whole.qcow2")
        }
        if incompatible & Feature.externalData != 0 {
            throw DiskFailure(
                .dependsOnOthers, "\(name) keeps its data in another file",
                hint: "make one file of both: qemu-img convert -O qcow2 \(name) whole.qcow2")
        }
        if encryption != 0 {
            throw DiskFailure(
                .notADisk, "\(name) is encrypted", hint: "import a disk that is not encrypted")
        }
        if incompatible & Feature.corrupt != 0 {
            throw DiskFailure(
                .notADisk, "\(name) is marked as damaged", hint: "qemu-img check -r all \(name)")
        }
    }
}
