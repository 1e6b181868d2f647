import Crypto
import Failures
import Glibc
import HostSystem
import SystemPackage

/// The hash of a file of the host.
enum FileDigest {
    /// The algorithms of WebDownload.
    enum Kind: String, Sendable, CaseIterable {
        case md5 = "MD5"
        case sha1 = "SHA1"
        case sha256 = "SHA256"
        case sha512 = "SHA512"

        /// Of its hexadecimal form.
        var digits: Int {
            switch self {
            case .md5: 32
            case .sha1: 40
            case .sha256: 64
            case .sha512: 128
            }
        }
    }

    /// - Returns: hexadecimal, lower case.
    /// - Throws: `originError` where the file cannot be read.
    static func hash(of file: FilePath, as kind: Kind) async throws(ActionFailure) -> String {
        try await offPool { () throws(ActionFailure) in
            switch kind {
            case .md5: try hash(file, Insecure.MD5())
            case .sha1: try hash(file, Insecure.SHA1())
            case .sha256: try hash(file, SHA256())
            case .sha512: try hash(file, SHA512())
            }
        }
    }

    private static func hash(_ file: FilePath, _ function: some HashFunction) throws(ActionFailure) -> String {
        var function = function
        let descriptor = open(file.string, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(file) }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(file) }
            guard count > 0 else { break }
            function.update(data: buffer[..<count])
        }
        let digits = Array("0123456789abcdef")
        return String(function.finalize().flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }

    private static func unreadable(_ file: FilePath) -> ActionFailure {
        let failure = HostFailure.systemCall("cannot read \(file)", errno: errno)
        return ActionFailure(.originError, failure.message, hint: failure.hint, cause: failure)
    }
}
