/// Finds documents that use an alias or a collection as a mapping key.
///
/// The YAML parser compares keys to find duplicates; a key made of nested aliases ("billion laughs") makes that
/// comparison take for ever before any bound of ours can act. No document of ours needs such keys, so a text whose
/// aliases could expand without measure, and that has the shape of such a key, is refused before it is parsed.
///
/// The scan takes no notice of quotes and blocks, where a shell script or a page may look alike; hence both conditions.
enum ComplexKeys {
    /// Values that may be compared; some seconds at worst.
    private static let affordable = 1e7

    /// How far `aliases` references to `anchors` could expand `size` bytes, if they were spread over levels at will.
    private static func expansion(size: Int, anchors: Int, aliases: Int) -> Double {
        var worst = 1.0
        for levels in 1...max(1, min(anchors, aliases, 64)) {
            var level = 1.0
            for _ in 0..<levels { level *= Double(aliases) / Double(levels) }
            worst = max(worst, level)
        }
        return worst * Double(size)
    }

    static func suspect(in text: String) -> TextPlace? {
        guard text.utf8.contains(UInt8(ascii: "&")), text.utf8.contains(UInt8(ascii: "*")) else { return nil }
        var anchors = 0
        var aliases = 0
        var key: TextPlace?
        for (number, line) in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let bytes = Array(line)
            for index in bytes.indices {
                let place = TextPlace(line: number + 1, column: index + 1)
                let next = index + 1 < bytes.count ? bytes[index + 1] : 0x20
                switch bytes[index] {
                case UInt8(ascii: "&") where startsToken(bytes, index) && isName(next):
                    anchors += 1
                case UInt8(ascii: "*") where startsToken(bytes, index) && isName(next):
                    aliases += 1
                    var end = index + 1
                    while end < bytes.count, isName(bytes[end]) { end += 1 }
                    if nextIsColon(bytes, end) { key = key ?? place }
                case UInt8(ascii: "?") where startsToken(bytes, index) && (next == 0x20 || next == 0x09):
                    key = key ?? place
                case UInt8(ascii: "]"), UInt8(ascii: "}"):
                    if nextIsColon(bytes, index + 1) { key = key ?? place }
                default:
                    break
                }
            }
        }
        guard anchors > 0, aliases > 0 else { return nil }
        return expansion(size: text.utf8.count, anchors: anchors, aliases: aliases) > affordable ? key : nil
    }

    private static func startsToken(_ bytes: [UInt8], _ index: Int) -> Bool {
        index == 0 || [0x20, 0x09, UInt8(ascii: "["), UInt8(ascii: "{"), UInt8(ascii: ",")].contains(bytes[index - 1])
    }

    private static func isName(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
    }

    private static func nextIsColon(_ bytes: [UInt8], _ start: Int) -> Bool {
        var index = start
        while index < bytes.count, bytes[index] == 0x20 { index += 1 }
        guard index < bytes.count, bytes[index] == UInt8(ascii: ":") else { return false }
        return index + 1 == bytes.count || bytes[index + 1] == 0x20
    }
}
