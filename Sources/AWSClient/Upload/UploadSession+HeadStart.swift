import Failures
import HostSystem

extension UploadSession {
    /// Begins the upload of a file that is not whole yet, or takes up what a killed run has left of one.
    ///
    /// - Returns: the session, and the parts that the server has: of which bytes is to be looked at.
    static func begin(
        early location: S3Location, _ source: SourceFile, _ plan: UploadPlan, _ journal: UploadJournal, _ s3: S3Client
    ) async throws(AWSFailure) -> (UploadSession, [Int: S3Part]) {
        let wanted = S3Upload(file: source.path, to: location)
        guard var (head, _) = try journal.read() else {
            return (try await begin(wanted, source, plan, journal, s3), [:])
        }
        guard head.partSize == plan.partSize else {
            // Nobody would ever complete it.
            try? await s3.abortMultipartUpload(head.upload, of: location)
            return (try await begin(wanted, source, plan, journal, s3), [:])
        }
        do throws(AWSFailure) {
            let listed = try await s3.listParts(upload: head.upload, of: location)
            // It is the upload of another file from here on, and the lines of parts that nobody has compared yet must not be
            // believed by anyone.
            (head.file, head.digest) = (source.identity, nil)
            try journal.resume(head, parts: [])
            let session = UploadSession(
                location: location, source: source, plan: plan, journal: journal, s3: s3, upload: head.upload,
                proof: head.proof, present: [:])
            return (session, Dictionary(listed.map { ($0.number, $0) }) { _, later in later })
        } catch  where error.code == .notFound {
            return (try await begin(wanted, source, plan, journal, s3), [:])
        }
    }

    /// Sends a part, unless the server has its bytes: the ETag of a part is their MD5, where nothing is encrypted.
    func send(_ number: Int, unless known: S3Part?) async throws(AWSFailure) -> UploadJournal.Part {
        let bytes = plan.range(number)
        if let known, known.size == bytes.count {
            let digest = try await PartDigest.of(
                FileRange(file: source, offset: bytes.lowerBound, count: bytes.count), [.md5])
            if digest.md5?.hexadecimal == unquoted(known.etag).lowercased() {
                let part = UploadJournal.Part(number, etag: known.etag, digest)
                try await offPool { () throws(AWSFailure) in try journal.append(part) }
                return part
            }
        }
        return try await send(number).0
    }
}
