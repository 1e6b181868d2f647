import Glibc

/// The process's own streams: results go to standard output, all that is said about the work to standard error.
enum Terminal {
    static func complain(_ line: String) { write(line + "\n", to: STDERR_FILENO) }

    static func say(_ line: String) { write(line + "\n", to: STDOUT_FILENO) }

    static var errorIsTerminal: Bool { isatty(STDERR_FILENO) == 1 }
    static var outputIsTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    private static func write(_ text: String, to descriptor: Int32) {
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: offset), $0.count - offset)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return }
            offset += count
        }
    }
}
