import Glibc

/// The process's own streams: results go to standard output, all that is said about the work to standard error.
enum Terminal {
    static func complain(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    /// To standard error as it is, without the end of a line.
    static func complain(raw text: String) { write(text, to: STDERR_FILENO) }

    /// Bytes to standard error as they are.
    ///
    /// - Returns: false where nobody reads any more.
    static func complain(raw bytes: some Collection<UInt8>) -> Bool { write(Array(bytes), to: STDERR_FILENO) }

    static func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    /// Bytes to standard output as they are.
    ///
    /// - Returns: false where nobody reads any more.
    static func say(raw bytes: some Collection<UInt8>) -> Bool { write(Array(bytes), to: STDOUT_FILENO) }

    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Columns of the terminal behind standard error; 80 where it does not say.
    static var errorWidth: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    /// Text without what could steer a terminal.
    static func harmless(_ bytes: some Collection<UInt8>) -> String {
        String(
            String.UnicodeScalarView(
                String(decoding: bytes, as: UTF8.self).unicodeScalars.filter {
                    $0 == "\t" || !(0..<32 ~= $0.value || 127..<160 ~= $0.value)
                }))
    }

    private static func write(_ text: String, to descriptor: Int32) { _ = write(Array(text.utf8), to: descriptor) }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            offset += count
        }
        return true
    }
}
