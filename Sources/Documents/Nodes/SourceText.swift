/// The bytes of a document as text.
public enum SourceText {
    /// Decodes UTF-8, without a byte order mark. Throws one diagnostic at the first byte that is not UTF-8, or at a
    /// NUL, which no text holds.
    public static func decode(_ bytes: [UInt8], file: String) throws(DocumentFailure) -> String {
        let content = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes[3...] : bytes[...]
        if content.starts(with: [0xFF, 0xFE]) || content.starts(with: [0xFE, 0xFF]) {
            throw failure(
                at: content.startIndex, in: content, file: file, "the file is UTF-16", hint: "save it as UTF-8")
        }
        if let zero = content.firstIndex(of: 0) {
            throw failure(at: zero, in: content, file: file, "the file is not a text: it holds a NUL byte")
        }
        guard let text = String(validating: content, as: UTF8.self) else {
            // The longest valid prefix ends where the bad byte stands.
            var low = content.startIndex
            var decoder = Unicode.UTF8.ForwardParser()
            var iterator = content.makeIterator()
            scan: while true {
                switch decoder.parseScalar(from: &iterator) {
                case .valid(let scalar): low += scalar.count
                case .emptyInput, .error: break scan
                }
            }
            throw failure(at: low, in: content, file: file, "the file is not UTF-8", hint: "save it as UTF-8")
        }
        return text
    }

    private static func failure(
        at index: Int, in bytes: ArraySlice<UInt8>, file: String, _ message: String, hint: String? = nil
    ) -> DocumentFailure {
        let before = bytes[..<index]
        let line = before.count { $0 == 0x0A } + 1
        let lineStart = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? bytes.startIndex
        let column = String(decoding: bytes[lineStart..<index], as: UTF8.self).unicodeScalars.count + 1
        let position = SourcePosition(file: file, line: line, column: column)
        return DocumentFailure([Diagnostic(.error, at: position, message, hint: hint)])
    }
}
