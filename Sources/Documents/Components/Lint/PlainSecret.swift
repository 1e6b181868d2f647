/// Secrets that tell themselves by their form.
enum PlainSecret {
    /// The first secret of a text: what it is, never its value, and where it begins.
    static func find(in text: String) -> (kind: String, index: String.Index)? {
        for mark in ["AKIA", "ASIA"] {
            if let index = token(mark, length: 20, in: text, where: { isUpper($0) || isDigit($0) }) {
                return ("an AWS access key", index)
            }
        }
        for mark in ["ghp_", "gho_", "ghs_"] {
            if let index = token(mark, length: 40, in: text, where: isWord) { return ("a GitHub token", index) }
        }
        for mark in ["aws_secret_access_key", "AWS_SECRET_ACCESS_KEY", "SecretAccessKey"] {
            if let index = assignment(mark, in: text) { return ("an AWS secret key", index) }
        }
        if let begin = text.firstRange(of: "-----BEGIN "),
            text[begin.upperBound...].prefix(40).contains("PRIVATE KEY-----")
        {
            return ("a private key", begin.lowerBound)
        }
        return nil
    }

    /// A word of exactly this length that starts with a mark. The guide's own examples say EXAMPLE.
    private static func token(
        _ mark: String, length: Int, in text: String, where isPart: (UInt8) -> Bool
    ) -> String.Index? {
        var rest = text[...]
        while let found = rest.firstRange(of: mark) {
            let word = text[found.lowerBound...].utf8.prefix(while: isWord)
            let startsWord =
                found.lowerBound == text.startIndex || !isWord(text.utf8[text.utf8.index(before: found.lowerBound)])
            if startsWord, word.count == length, word.dropFirst(mark.utf8.count).allSatisfy(isPart),
                !String(Substring(word)).contains("EXAMPLE")
            {
                return found.lowerBound
            }
            rest = text[found.upperBound...]
        }
        return nil
    }

    /// Forty letters of a secret key after its name.
    private static func assignment(_ name: String, in text: String) -> String.Index? {
        guard let found = text.firstRange(of: name) else { return nil }
        let value = text[found.upperBound...].utf8.drop { " \t=:\"'".utf8.contains($0) }
            .prefix { isWord($0) || "/+=".utf8.contains($0) }
        guard value.count == 40, !String(Substring(value)).contains("EXAMPLE") else { return nil }
        return found.lowerBound
    }

    private static func isUpper(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) }
    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isWord(_ byte: UInt8) -> Bool {
        isUpper(byte) || isDigit(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
    }
}
