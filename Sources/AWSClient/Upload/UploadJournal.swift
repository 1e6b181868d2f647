import Failures
import SystemPackage

/// What has been sent of a file, beside the file, so that an upload that was killed goes on where it stood.
///
/// First a line for the upload, then a line for each part the server acknowledged, on the disk before it counts. The file is
/// locked while an upload uses it and removed when the object is complete.
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

    private let lines: LineJournal

    var path: FilePath { lines.path }

    /// Beside `file`, one name for each destination.
    init(file: FilePath, endpoint: String, location: S3Location) throws(AWSFailure) {
        let destination = SigV4.hexDigest(of: "\(endpoint)\n\(location)".utf8).prefix(12)
        lines = try LineJournal(
            file.removingLastComponent().appending(".\(file.lastComponent?.string ?? "file").\(destination).upload"),
            busy: AWSFailure(
                .busy, "another kiln process is sending \(file) to \(location)", hint: "wait for it, or end it"))
    }

    /// What an earlier run left: the upload, and its parts unless a line of theirs is damaged; nil where there was none, or
    /// nothing that can be trusted.
    ///
    /// - Throws: `file` where the journal cannot be read.
    func read() throws(AWSFailure) -> (head: Head, parts: [Part]?)? {
        let lines = try lines.read()
        guard let head = lines.first?.decoded(as: Head.self), head.version == Head.current else { return nil }
        let parts = lines.dropFirst().map { $0.decoded(as: Part.self) }
        return (head, parts.contains { $0 == nil } ? nil : parts.compactMap { $0 })
    }

    /// Begins anew.
    func start(_ head: Head) throws(AWSFailure) { try lines.start(head) }

    /// Goes on below what `read` gave, which is written again so that a line cut in the middle is gone.
    func resume(_ head: Head, parts: [Part]) throws(AWSFailure) {
        try start(head)
        for part in parts { try lines.append(part, durably: false) }
    }

    func append(_ part: Part) throws(AWSFailure) { try lines.append(part) }

    func close() { lines.close() }

    func remove() { lines.remove() }
}
