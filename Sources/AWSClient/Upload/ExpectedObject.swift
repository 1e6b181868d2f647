import Failures
import NIOCore
import Synchronization

/// What the object must be if it is the file, and the comparison with what the server has.
struct ExpectedObject: Sendable {
    let size: Int
    let crc: CRC64NVME
    /// Nil where the parts' MD5s are not known.
    let etag: String?

    /// - Throws: `corrupted` where it is something else.
    func compare(with location: S3Location, _ s3: S3Client) async throws(AWSFailure)
        -> (object: S3Object, verification: UploadedObject.Verification)
    {
        let object = try await s3.headObject(location)
        guard object.size == size else {
            throw corrupted(location, "it has \(object.size) bytes instead of \(size)")
        }
        if let checksum = object.crc64NVME {
            guard checksum == crc.base64 else {
                throw corrupted(location, "its CRC-64 is \(checksum) instead of \(crc.base64)")
            }
            return (object, .crc64NVME)
        }
        // An ETag that differs proves nothing: with some kinds of encryption it is no MD5.
        if let etag, object.etag.lowercased() == etag { return (object, .etag) }
        let found = try await readBack(location, s3)
        guard found == crc else {
            throw corrupted(location, "read back, its CRC-64 is \(found.base64) instead of \(crc.base64)")
        }
        return (object, .readBack)
    }

    private func readBack(_ location: S3Location, _ s3: S3Client) async throws(AWSFailure) -> CRC64NVME {
        let found = RunningChecksum()
        try await s3.getObject(location) { piece in found.add(piece) }
        return found.value
    }

    private func corrupted(_ location: S3Location, _ what: String) -> AWSFailure {
        AWSFailure(.corrupted, "\(location) is not the file that was sent: \(what)", hint: "send it again")
    }
}

private final class RunningChecksum: Sendable {
    private let checksum = Mutex(CRC64NVME())

    func add(_ piece: ByteBuffer) {
        checksum.withLock { checksum in piece.withUnsafeReadableBytes { checksum.update($0) } }
    }

    var value: CRC64NVME { checksum.withLock { $0 } }
}
