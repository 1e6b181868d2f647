public import Failures
import HostSystem
public import SystemPackage

/// Sends a file to S3: in parts, several at once, each with a checksum, going on where an earlier run was killed, and
/// compared with the file at the end.
public struct S3Upload: Sendable {
    public let file: FilePath
    public let location: S3Location
    /// SHA-256 of the file, hexadecimal, where it is known: an earlier run's parts then count even if the file was made anew.
    public var digest: String?
    public var contentType = "application/octet-stream"
    /// Parts on their way at once. Each holds about 2 MiB in memory, whatever the part size.
    public var parallel = 8
    public var whenInterrupted: Interruption = .keep

    /// What becomes of the parts already sent when the upload fails for good, or is cancelled.
    public enum Interruption: Sendable {
        /// They and the journal stay: the next run goes on from there. They are stored, and billed, until then.
        case keep
        /// They are deleted, and the journal with them.
        case abort
    }

    public init(file: FilePath, to location: S3Location) {
        self.file = file
        self.location = location
    }

    /// Called when a part has been acknowledged, with bytes at the server and bytes in all.
    public typealias Progress = @Sendable (_ done: Int, _ total: Int) -> Void

    /// - Throws: `AWSFailure`: `file`, `busy`, `signatureRefused`, `accessDenied`, `noSuchBucket`, `unreachable`,
    ///   `connectionLost`, `service`, `corrupted`, `cancelled`.
    public func run(_ s3: S3Client, progress: @escaping Progress = { _, _ in }) async throws(AWSFailure)
        -> UploadedObject
    {
        let source = try SourceFile(file)
        let plan = try UploadPlan(size: source.size)
        if plan.isSingle { return try await sendWhole(source, s3, progress) }
        let journal = try UploadJournal(file: file, endpoint: s3.endpoint, location: location)
        defer { journal.close() }
        let session: UploadSession
        do throws(AWSFailure) {
            session = try await UploadSession.open(self, source, plan, journal, s3)
        } catch {
            // Nothing was begun, or nothing is known of it: an empty journal would only be litter.
            if (try? journal.read()) == nil { journal.remove() }
            throw error
        }
        do throws(AWSFailure) {
            let object = try await session.finish(parallel: parallel, progress)
            journal.remove()
            return object
        } catch {
            if whenInterrupted == .abort || !Self.mayGoOn(after: error) {
                journal.remove()
                await session.abort()
                throw error
            }
            let kept = "what was sent is kept: the same upload goes on from there"
            throw AWSFailure(
                error.code, error.message, hint: error.hint.map { "\($0); \(kept)" } ?? kept, cause: error.cause)
        }
    }

    /// Whether sending the same file again could use the parts that are there: the network, the service, or the rights of the
    /// key may be better then.
    private static func mayGoOn(after failure: AWSFailure) -> Bool {
        switch failure.code {
        case .unreachable, .connectionLost, .service, .cancelled, .busy, .accessDenied, .signatureRefused,
            .noCredentials, .badCredentials:
            true
        default: false
        }
    }

    private func sendWhole(_ source: SourceFile, _ s3: S3Client, _ progress: Progress) async throws(AWSFailure)
        -> UploadedObject
    {
        let range = FileRange(file: source, offset: 0, count: source.size)
        let digest = try await PartDigest.of(range, s3.signsBodies ? [.sha256, .md5] : [.md5])
        let sent: (etag: String, attempts: Int)
        do throws(AWSFailure) {
            sent = try await s3.putObject(
                range, to: location, contentType: contentType, digest: digest, proof: .crc64NVME)
        } catch {
            guard BodyProof.mayBeUnknown(error) else { throw error }
            sent = try await s3.putObject(range, to: location, contentType: contentType, digest: digest, proof: .md5)
        }
        progress(source.size, source.size)
        try source.checkUnchanged()
        let expected = ExpectedObject(size: source.size, crc: digest.crc, etag: digest.md5?.hexadecimal)
        let (object, verification) = try await expected.compare(with: location, s3)
        return UploadedObject(
            bucket: location.bucket, key: location.key, size: source.size, etag: object.etag,
            versionID: object.versionID,
            crc64NVME: digest.crc.base64, verification: verification, parts: 1, partsSent: 1,
            bytesSent: source.size * sent.attempts, retries: sent.attempts - 1)
    }
}
