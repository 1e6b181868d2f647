/// Digits for the IDs that only AWS could give, the same for one name each time.
struct ResourceHash {
    private let value: UInt64

    /// FNV-1a, as http://www.isthe.com/chongo/tech/comp/fnv/ has it: nothing hangs on its strength.
    init(_ name: String) {
        value = name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// Hexadecimal, in lower case.
    func digits(_ count: Int) -> String {
        let digits = String(value, radix: 16)
        let full = String(repeating: "0", count: 16 - digits.count) + digits
        return String(String(repeating: "0", count: max(0, count - 16)) + full.suffix(count))
    }

    var uuid: String {
        let digits = digits(16)
        return "00000000-0000-4000-8\(digits.prefix(3))-\(digits.suffix(12))"
    }
}
