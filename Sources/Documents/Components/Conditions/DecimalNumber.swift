/// A number as a document writes it, compared exactly: no digit is lost, however many there are.
struct DecimalNumber: Comparable {
    private let isNegative: Bool
    /// Without zeros in front.
    private let whole: [UInt8]
    /// Without zeros at its end.
    private let fraction: [UInt8]

    /// - Returns: nil for a text that is no number: digits with a sign and a point between them.
    init?(_ text: String) {
        guard Condition.isNumber(text) else { return nil }
        let unsigned = text.utf8.drop { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
        let parts = unsigned.split(separator: UInt8(ascii: "."), maxSplits: 1)
        let zero = UInt8(ascii: "0")
        whole = Array(parts[0].drop { $0 == zero })
        var fraction = parts.count > 1 ? Array(parts[1]) : []
        while fraction.last == zero { fraction.removeLast() }
        self.fraction = fraction
        isNegative = text.first == "-" && !(whole.isEmpty && fraction.isEmpty)
    }

    static func < (left: Self, right: Self) -> Bool {
        guard left.isNegative == right.isNegative else { return left.isNegative }
        return left.isNegative ? right.isSmaller(than: left) : left.isSmaller(than: right)
    }

    private func isSmaller(than other: Self) -> Bool {
        if whole.count != other.whole.count { return whole.count < other.whole.count }
        if whole != other.whole { return whole.lexicographicallyPrecedes(other.whole) }
        return fraction.lexicographicallyPrecedes(other.fraction)
    }
}
