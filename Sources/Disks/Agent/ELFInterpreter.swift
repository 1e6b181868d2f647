/// The loader that a program asks for: the segment PT_INTERP of a 64-bit ELF file (elf(5)).
enum ELFInterpreter {
    private static let interpreterSegment: UInt32 = 3

    /// Nil for a program that is static, or no ELF file of this kind.
    static func path(in program: Bytes) -> String? {
        guard program.has([0x7F, 0x45, 0x4C, 0x46, 2, 1]), let table = program.littleEndian(32, as: UInt64.self),
            let size = program.littleEndian(54, as: UInt16.self), let count = program.littleEndian(56, as: UInt16.self)
        else { return nil }
        for index in 0..<Int(count) {
            let segment = Int(clamping: table) + index * Int(size)
            guard program.littleEndian(segment, as: UInt32.self) == interpreterSegment,
                let offset = program.littleEndian(segment + 8, as: UInt64.self),
                let length = program.littleEndian(segment + 32, as: UInt64.self),
                let end = UInt64(exactly: program.content.count), offset <= end, length > 1, length <= end - offset
            else { continue }
            return String(decoding: program.content[Int(offset)..<Int(offset + length - 1)], as: UTF8.self)
        }
        return nil
    }
}
