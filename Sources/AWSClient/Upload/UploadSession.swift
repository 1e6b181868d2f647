import Crypto
import Failures
import HostSystem

/// One multipart upload, from the parts that are already there to the complete object.
struct UploadSession: Sendable {
    private static let abortLimit: Duration = .seconds(15)

    let location: S3Location
    let source: SourceFile
    let plan: UploadPlan
    let journal: UploadJournal
    let s3: S3Client
    let upload: String
    let proof: BodyProof
    /// By number: acknowledged, in this run or an earlier one.
    let present: [Int: UploadJournal.Part]

    /// Takes up the upload that the journal tells of, or begins one.
    static func open(
        _ wanted: S3Upload, _ source: SourceFile, _ plan: UploadPlan, _ journal: UploadJournal, _ s3: S3Client
    ) async throws(AWSFailure) -> UploadSession {
        if let (head, parts) = try journal.read() {
            let sameContent = head.digest.map { $0 == wanted.digest } ?? (head.file == source.identity)
            if let parts, sameContent, head.file.size == source.size,
                let kept = UploadPlan(size: source.size, partSize: head.partSize)
            {
                do throws(AWSFailure) {
                    return try await resume(head, parts, wanted, source, kept, journal, s3)
                } catch  where error.code == .notFound {
                    // Aborted by somebody, or completed just before the earlier run was killed: sending again is right
                    // in both cases.
                }
            } else {
                // Of a file that is not this one, or with a damaged list of parts: nobody would ever complete it.
                try? await s3.abortMultipartUpload(head.upload, of: wanted.location)
            }
        }
        return try await begin(wanted, source, plan, journal, s3)
    }

    static func begin(
        _ wanted: S3Upload, _ source: SourceFile, _ plan: UploadPlan, _ journal: UploadJournal, _ s3: S3Client
    ) async throws(AWSFailure) -> UploadSession {
        var begun: (id: String, checksum: Bool)
        do throws(AWSFailure) {
            begun = try await s3.createMultipartUpload(
                wanted.location, contentType: wanted.contentType, checksum: true)
        } catch {
            guard BodyProof.mayBeUnknown(error) else { throw error }
            begun = try await s3.createMultipartUpload(
                wanted.location, contentType: wanted.contentType, checksum: false)
        }
        let proof: BodyProof = begun.checksum ? .crc64NVME : .md5
        let session = UploadSession(
            location: wanted.location, source: source, plan: plan, journal: journal, s3: s3, upload: begun.id,
            proof: proof, present: [:])
        do throws(AWSFailure) {
            try journal.start(session.head(source, digest: wanted.digest))
        } catch {
            await session.abort()
            throw error
        }
        return session
    }

    private static func resume(
        _ head: UploadJournal.Head, _ noted: [UploadJournal.Part], _ wanted: S3Upload, _ source: SourceFile,
        _ plan: UploadPlan, _ journal: UploadJournal, _ s3: S3Client
    ) async throws(AWSFailure) -> UploadSession {
        let listed = try await s3.listParts(upload: head.upload, of: wanted.location)
        let byNumber = Dictionary(noted.map { ($0.number, $0) }) { _, later in later }
        var present: [Int: UploadJournal.Part] = [:]
        for part in listed where (1...plan.count).contains(part.number) && part.size == plan.range(part.number).count {
            if let known = byNumber[part.number], unquoted(known.etag) == unquoted(part.etag) {
                present[part.number] = known
            } else {
                // It arrived, and we were killed before we noted it. If its ETag is the MD5 of what it should be, it is it.
                let range = plan.range(part.number)
                let digest = try await PartDigest.of(
                    FileRange(file: source, offset: range.lowerBound, count: range.count), [.md5])
                if digest.md5?.hexadecimal == unquoted(part.etag).lowercased() {
                    present[part.number] = UploadJournal.Part(part.number, etag: part.etag, digest)
                }
            }
        }
        var head = head
        head.file = source.identity
        try journal.resume(head, parts: present.values.sorted { $0.number < $1.number })
        return UploadSession(
            location: wanted.location, source: source, plan: plan, journal: journal, s3: s3, upload: head.upload,
            proof: head.proof, present: present)
    }

    func head(_ source: SourceFile, digest: String?) -> UploadJournal.Head {
        UploadJournal.Head(
            endpoint: s3.endpoint, bucket: location.bucket, key: location.key, upload: upload,
            partSize: plan.partSize, proof: proof, file: source.identity, digest: digest)
    }

    /// Deletes the parts at the server. Also works when the task is cancelled, and takes at most `abortLimit`; what cannot
    /// be deleted is what `aws s3api list-multipart-uploads` shows.
    func abort() async {
        await Task.detached { [s3, upload, location] in
            try? await withDeadline(Self.abortLimit, for: "S3 to abort an upload") {
                try await s3.abortMultipartUpload(upload, of: location)
            }
        }.value
    }
}

extension UploadJournal.Part {
    init(_ number: Int, etag: String, _ digest: PartDigest) {
        self.init(
            number: number, etag: etag, crc: String(digest.crc.value, radix: 16), md5: digest.md5?.hexadecimal)
    }
}
