import FoundationEssentials

/// The checksum S3 prefers for large objects: CRC-64 with the polynomial of the NVMe specification
/// (0xad93d23594c93659, reflected, all ones before and after).
///
/// Unlike a hash it can be put together from parts computed apart: S3 does so for a multipart upload, and so do we, which
/// gives one value for the whole object whatever the part size.
struct CRC64NVME: Sendable, Equatable {
    private var register: UInt64 = ~0
    private(set) var count = 0

    init() {}

    /// As computed before, of `count` bytes.
    init(value: UInt64, count: Int) {
        register = ~value
        self.count = count
    }

    var value: UInt64 { ~register }

    /// As S3 writes it: the 8 bytes, most significant first, in base64.
    var base64: String { withUnsafeBytes(of: value.bigEndian) { Data($0).base64EncodedString() } }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        count += bytes.count
        register = Self.tables.withUnsafeBufferPointer { table in
            var crc = register
            var position = 0
            while position + 8 <= bytes.count {
                let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self)) ^ crc
                crc =
                    table[7 << 8 | Int(word & 255)] ^ table[6 << 8 | Int(word >> 8 & 255)]
                    ^ table[5 << 8 | Int(word >> 16 & 255)] ^ table[4 << 8 | Int(word >> 24 & 255)]
                crc ^=
                    table[3 << 8 | Int(word >> 32 & 255)] ^ table[2 << 8 | Int(word >> 40 & 255)]
                    ^ table[1 << 8 | Int(word >> 48 & 255)] ^ table[Int(word >> 56)]
                position += 8
            }
            while position < bytes.count {
                crc = table[Int((crc ^ UInt64(bytes[position])) & 255)] ^ (crc >> 8)
                position += 1
            }
            return crc
        }
    }

    /// The same as `update` with `count` zero bytes, in a time that grows with the logarithm of `count`.
    mutating func appendZeros(_ count: Int) {
        register = Self.shift(register, byZeroBytes: count)
        self.count += count
    }

    /// The checksum of the bytes of `self` followed by those of `next`.
    func followed(by next: CRC64NVME) -> CRC64NVME {
        CRC64NVME(value: Self.shift(value, byZeroBytes: next.count) ^ next.value, count: count + next.count)
    }

    // MARK: - Arithmetic modulo the polynomial

    private static let polynomial: UInt64 = 0x9a6c_9329_ac4b_c9b5

    /// Eight tables of 256: what a byte does to the register when 0…7 bytes come after it ("slicing by 8").
    private static let tables: [UInt64] = {
        var tables = [UInt64](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var crc = UInt64(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ polynomial : crc >> 1 }
            tables[byte] = crc
        }
        for index in 256..<tables.count {
            let shorter = tables[index - 256]
            tables[index] = tables[Int(shorter & 255)] ^ (shorter >> 8)
        }
        return tables
    }()

    /// a × b, both with the highest power in the lowest bit, as the register has it.
    private static func multiply(_ a: UInt64, _ b: UInt64) -> UInt64 {
        var product: UInt64 = 0
        var factor = b
        for bit in stride(from: 63, through: 0, by: -1) {
            if a >> UInt64(bit) & 1 == 1 { product ^= factor }
            factor = factor & 1 == 1 ? factor >> 1 ^ polynomial : factor >> 1
        }
        return product
    }

    /// Multiplies by x^(8 × count), by repeated squaring.
    private static func shift(_ register: UInt64, byZeroBytes count: Int) -> UInt64 {
        var result = register
        // x^8: the coefficient of x^n is bit 63 - n.
        var power: UInt64 = 1 << 55
        var remaining = count
        while remaining > 0 {
            if remaining & 1 == 1 { result = multiply(power, result) }
            power = multiply(power, power)
            remaining >>= 1
        }
        return result
    }
}
