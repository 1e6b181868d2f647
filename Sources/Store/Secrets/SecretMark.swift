import HostSystem

/// What stands in a stored document where a secret is: "KILN-SECRET-" and 32 hexadecimal digits. Only this machine's key
/// leads from the value to the mark, and only the store from the mark to the value.
public struct SecretMark: Sendable, Hashable {
    let text: String

    static let prefix = "KILN-SECRET-"
    static let digits = 32
    /// What answers show of it, as CloudFormation does.
    static let shown = "****"

    init(code: some Sequence<UInt8>) {
        text = Self.prefix + Array(code).prefix(Self.digits / 2).hexadecimal
    }

    private init(text: String) { self.text = text }

    /// A text as it may be shown: without its marks.
    public static func masked(_ text: [UInt8]) -> [UInt8] {
        var (shown, rest): ([UInt8], Int) = ([], 0)
        for place in places(in: text) {
            shown += text[rest..<place]
            shown += Self.shown.utf8
            rest = place + prefix.utf8.count + digits
        }
        guard rest > 0 else { return text }
        shown += text[rest...]
        return shown
    }

    /// All marks in a text, each once.
    static func all(in text: [UInt8]) -> Set<SecretMark> {
        let length = prefix.utf8.count + digits
        return Set(places(in: text).map { SecretMark(text: String(decoding: text[$0..<$0 + length], as: UTF8.self)) })
    }

    private static func places(in text: [UInt8]) -> [Int] {
        let prefix = Array(Self.prefix.utf8)
        var (places, index): ([Int], Int) = ([], 0)
        while let next = text[index...].firstIndex(of: prefix[0]), next + prefix.count + digits <= text.count {
            let end = next + prefix.count
            if text[next..<end].elementsEqual(prefix), text[end..<end + digits].allSatisfy(isDigit) {
                places.append(next)
                index = end + digits
            } else {
                index = next + 1
            }
        }
        return places
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }
}
