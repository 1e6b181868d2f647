import Crypto
import Failures
import Glibc
import HostSystem

/// A file that is written from front to back, with its SHA-256 as it goes, but for its front: what stands there (tables,
/// places of tables) is only known at the end.
///
/// The disk's own map nearly always says beforehand what the front will be. Where it did not, because zeros were stored
/// for instance, the file is read once more at the end.
final class FrontedFile {
    private let draft: Draft
    private let guess: [UInt8]
    private var hash = SHA256()
    private(set) var position = 0

    private static let zeros = [UInt8](repeating: 0, count: 1 << 20)

    /// - Parameter guess: the front as it is expected to be, of the length that it will have.
    init(_ draft: Draft, guess: [UInt8] = []) throws(HostFailure) {
        self.draft = draft
        self.guess = guess
        try append(guess)
    }

    func append(_ bytes: UnsafeRawBufferPointer) throws(HostFailure) {
        try draft.write(bytes, at: position)
        hash.update(bufferPointer: bytes)
        position += bytes.count
    }

    func append(_ bytes: [UInt8]) throws(HostFailure) {
        var failure: HostFailure?
        bytes.withUnsafeBytes { bytes in
            do throws(HostFailure) { try append(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    /// Zeros that are not written: a hole.
    func skip(to end: Int, while going: () -> Bool = { true }) {
        Self.zeros.withUnsafeBytes { zeros in
            while position < end, going() {
                let count = min(zeros.count, end - position)
                hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: zeros[..<count]))
                position += count
            }
        }
    }

    func pad(to multiple: Int) { skip(to: (position + multiple - 1) / multiple * multiple) }

    /// - Parameter front: as long as the guess.
    /// - Returns: nil where it was told to stop.
    func finish(front: [UInt8] = [], while going: () -> Bool) throws(HostFailure) -> OutputDigest? {
        // A file that ends in a hole has to be told where.
        guard ftruncate(draft.descriptor, off_t(position)) == 0 else {
            throw .systemCall("cannot make \(draft.path) \(position) bytes long", errno: errno)
        }
        if front != guess {
            try draft.write(front, at: 0)
            guard try hashAgain(while: going) else { return nil }
        }
        try draft.sync()
        return OutputDigest(size: position, sha256: hash.finalize().hexadecimal)
    }

    private func hashAgain(while going: () -> Bool) throws(HostFailure) -> Bool {
        hash = SHA256()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var offset = 0
        while offset < position {
            guard going() else { return false }
            let count = pread(draft.descriptor, &buffer, buffer.count, off_t(offset))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .systemCall("cannot read \(draft.path)", errno: count < 0 ? errno : EIO) }
            hash.update(data: buffer[..<count])
            offset += count
        }
        return true
    }
}
