/// An initramfs archive in the "newc" form of cpio (kernel.org, "initramfs buffer format").
struct Initramfs {
    private(set) var bytes: [UInt8] = []
    private var inode = 1

    mutating func file(_ name: String, mode: UInt32, content: [UInt8]) {
        entry(name, mode: 0o100000 | mode, content: content, device: (0, 0))
    }

    mutating func folder(_ name: String) { entry(name, mode: 0o040755, content: [], device: (0, 0)) }

    /// A character device, as /dev/console has to be for the first process to have streams.
    mutating func characterDevice(_ name: String, major: UInt32, minor: UInt32) {
        entry(name, mode: 0o020600, content: [], device: (major, minor))
    }

    /// The archive with its end mark.
    func finished() -> [UInt8] {
        var copy = self
        copy.entry("TRAILER!!!", mode: 0, content: [], device: (0, 0))
        return copy.bytes
    }

    private mutating func entry(_ name: String, mode: UInt32, content: [UInt8], device: (UInt32, UInt32)) {
        let fields: [UInt32] = [
            UInt32(inode), mode, 0, 0, 1, 0, UInt32(content.count), 0, 0, device.0, device.1,
            UInt32(name.utf8.count + 1), 0,
        ]
        inode += 1
        bytes += Array("070701".utf8)
        for field in fields {
            let digits = String(field, radix: 16, uppercase: true)
            bytes += Array((String(repeating: "0", count: 8 - digits.count) + digits).utf8)
        }
        bytes += Array(name.utf8) + [0]
        pad()
        bytes += content
        pad()
    }

    private mutating func pad() {
        while bytes.count % 4 != 0 { bytes.append(0) }
    }
}
