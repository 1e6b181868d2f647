import Glibc

/// A tar archive in memory (POSIX.1-2001, ustar), all of it root's and of one time, so that the same files make the same
/// bytes.
struct TarArchive {
    private(set) var bytes: [UInt8] = []

    /// - Parameter path: without a leading slash, at most 99 bytes.
    mutating func add(file path: String, _ content: [UInt8], permissions: UInt32) {
        append(header(path, type: "0", size: content.count, permissions: permissions, target: ""))
        append(content)
    }

    mutating func add(link path: String, to target: String) {
        append(header(path, type: "2", size: 0, permissions: 0o777, target: target))
    }

    /// The archive with its end: two empty blocks.
    var finished: [UInt8] { bytes + [UInt8](repeating: 0, count: 1024) }

    private mutating func append(_ content: [UInt8]) {
        bytes += content
        bytes += [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
    }

    private func header(_ path: String, type: String, size: Int, permissions: UInt32, target: String) -> [UInt8] {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, _ offset: Int, _ length: Int) {
            for (index, byte) in text.utf8.prefix(length).enumerated() { block[offset + index] = byte }
        }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: max(0, digits - text.count)) + text
        }
        put(path, 0, 99)
        put(octal(Int(permissions), 7), 100, 7)
        put(octal(0, 7), 108, 7)
        put(octal(0, 7), 116, 7)
        put(octal(size, 11), 124, 11)
        put(octal(0, 11), 136, 11)
        // The sum counts its own field as blanks.
        put("        ", 148, 8)
        put(type, 156, 1)
        put(target, 157, 99)
        put("ustar", 257, 5)
        put("00", 263, 2)
        put("root", 265, 4)
        put("root", 297, 4)
        put(octal(block.reduce(0) { $0 + Int($1) }, 6), 148, 6)
        block[154] = 0
        return block
    }
}
