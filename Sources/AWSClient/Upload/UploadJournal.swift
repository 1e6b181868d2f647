import Failures
import FoundationEssentials
import Glibc
import HostSystem
import Synchronization
import SystemPackage

/// What has been sent of a file, beside the file, so that an upload that was killed goes on where it stood.
///
/// Text, a line each: the CRC-64/NVME of a JSON object in 16 hexadecimal digits, a blank, and the object. First the upload,
/// then a line for each part the server acknowledged, on the disk before it counts. The file is locked while an upload uses it
/// and removed when the object is complete.
final class UploadJournal: Sendable {
    struct Head: Codable, Equatable, Sendable {
        static let current = 2

        var version = current
        var endpoint: String
        var bucket: String
        var key: String
        var upload: String
        var partSize: Int
        var proof: BodyProof
        var file: SourceFile.Identity
        /// SHA-256 of the content, where the caller knows it.
        var digest: String?
    }

    struct Part: Codable, Equatable, Sendable {
        var number: Int
        var etag: String
        /// CRC-64/NVME, hexadecimal.
        var crc: String
        /// Hexadecimal; with `BodyProof.md5`.
        var md5: String?
    }

    let path: FilePath
    private let lock: FileLock
    private let descriptor = Mutex<Int32>(-1)

    /// Beside `file`, one name for each destination.
    init(file: FilePath, endpoint: String, location: S3Location) throws(AWSFailure) {
        let destination = SigV4.hexDigest(of: "\(endpoint)\n\(location)".utf8).prefix(12)
        path = file.removingLastComponent().appending(
            ".\(file.lastComponent?.string ?? "file").\(destination).upload")
        do {
            guard let lock = try FileLock.tryAcquire(path) else {
                throw AWSFailure(
                    .busy, "another kiln process is sending \(file) to \(location)", hint: "wait for it, or end it")
            }
            self.lock = lock
        } catch let failure as HostFailure {
            throw AWSFailure(.file, failure.message, hint: failure.hint, cause: failure)
        } catch let failure as AWSFailure {
            throw failure
        } catch {
            throw AWSFailure(.file, "cannot lock \(path): \(error)", cause: error)
        }
    }

    deinit { descriptor.withLock { if $0 >= 0 { close($0) } } }

    /// What an earlier run left: the upload, and its parts unless a line of theirs is damaged; nil where there was none, or
    /// nothing that can be trusted. A last line without its end was being written when the machine stopped, and is dropped.
    ///
    /// - Throws: `file` where the journal cannot be read.
    func read() throws(AWSFailure) -> (head: Head, parts: [Part]?)? {
        let content: [UInt8]
        do {
            content = try Folders.read(path)
        } catch {
            throw AWSFailure(.file, error.message, hint: error.hint, cause: error)
        }
        var lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        _ = lines.popLast()
        guard let first = lines.first, let head = Self.decode(Head.self, first), head.version == Head.current else {
            return nil
        }
        let parts = lines.dropFirst().map { Self.decode(Part.self, $0) }
        return (head, parts.contains { $0 == nil } ? nil : parts.compactMap { $0 })
    }

    private static func decode<Line: Decodable>(_ type: Line.Type, _ line: some Sequence<UInt8>) -> Line? {
        let bytes = Array(line)
        guard bytes.count > 17, bytes[16] == UInt8(ascii: " "),
            let sum = UInt64(String(decoding: bytes[..<16], as: UTF8.self), radix: 16),
            sum == checksum(bytes[17...])
        else { return nil }
        return try? JSONDecoder().decode(type, from: Data(bytes[17...]))
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        var checksum = CRC64NVME()
        bytes.withUnsafeBytes { checksum.update($0) }
        return checksum.value
    }

    /// Begins anew.
    func start(_ head: Head) throws(AWSFailure) {
        try open(O_WRONLY | O_TRUNC | O_APPEND)
        try append(head)
        do {
            // The name too must outlive a power cut, or nobody would know of the upload.
            try DurableFile.sync(path.removingLastComponent())
        } catch {
            throw AWSFailure(.file, error.message, hint: error.hint, cause: error)
        }
    }

    /// Goes on below what `read` gave, which is written again so that a line cut in the middle is gone.
    func resume(_ head: Head, parts: [Part]) throws(AWSFailure) {
        try start(head)
        for part in parts { try append(part, durably: false) }
    }

    func append(_ line: some Encodable, durably: Bool = true) throws(AWSFailure) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let object = (try? encoder.encode(line)).map({ Array($0) }) else {
            throw AWSFailure(.file, "cannot write \(path)")
        }
        let sum = String(Self.checksum(object[...]), radix: 16)
        let bytes =
            Array("\(String(repeating: "0", count: 16 - sum.count))\(sum) ".utf8) + object + [UInt8(ascii: "\n")]
        // One write under the lock: lines of parts that end at once do not mix.
        let number: Int32 = descriptor.withLock { descriptor in
            guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { return errno }
            return !durably || fdatasync(descriptor) == 0 ? 0 : errno
        }
        guard number == 0 else { throw .file("cannot write", path, number) }
    }

    func remove() {
        unlink(path.string)
    }

    private func open(_ flags: Int32) throws(AWSFailure) {
        let opened = Glibc.open(path.string, flags | O_CLOEXEC)
        guard opened >= 0 else { throw .file("cannot open", path, errno) }
        descriptor.withLock {
            if $0 >= 0 { close($0) }
            $0 = opened
        }
    }
}
