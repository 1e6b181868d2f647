import Crypto
import Failures
import FoundationEssentials
import HostSystem

extension UploadSession {
    /// Sends what is missing, puts the parts together, and compares the object with the file.
    func finish(parallel: Int, _ progress: S3Upload.Progress) async throws(AWSFailure) -> UploadedObject {
        let sent = try await sendMissing(parallel: max(1, parallel), progress)
        try source.checkUnchanged()
        let parts = (1...plan.count).compactMap { present[$0] ?? sent.parts[$0] }
        let expected = try expectation(parts)
        var vanished: AWSFailure?
        do throws(AWSFailure) {
            try await s3.completeMultipartUpload(
                upload, of: location,
                parts: parts.map {
                    .init(
                        PartNumber: $0.number, ETag: $0.etag,
                        ChecksumCRC64NVME: proof == .crc64NVME ? $0.checksum(plan)?.base64 : nil)
                },
                size: plan.size, checksum: proof == .crc64NVME ? expected.crc : nil)
        } catch  where error.code == .notFound {
            // Said of an upload that a first, unanswered request completed; the object tells which it is.
            vanished = error
        }
        do throws(AWSFailure) {
            let (object, verification) = try await expected.compare(with: location, s3)
            return UploadedObject(
                bucket: location.bucket, key: location.key, size: plan.size, etag: object.etag,
                versionID: object.versionID,
                crc64NVME: expected.crc.base64, verification: verification, parts: plan.count,
                partsSent: sent.parts.count, bytesSent: sent.bytes, retries: sent.retries)
        } catch {
            guard let vanished, error.code == .notFound || error.code == .corrupted else { throw error }
            throw AWSFailure(
                .corrupted, "the upload to \(location) was aborted by somebody before it was complete",
                hint: "send it again", cause: vanished)
        }
    }

    private func expectation(_ parts: [UploadJournal.Part]) throws(AWSFailure) -> ExpectedObject {
        var whole = CRC64NVME()
        var digests: [UInt8] = []
        for part in parts {
            guard let checksum = part.checksum(plan) else {
                throw AWSFailure(
                    .file, "the upload journal \(journal.path) is damaged",
                    hint: "remove it: the upload then starts again")
            }
            whole = whole.followed(by: checksum)
            digests += part.md5.flatMap { [UInt8](hexadecimal: $0) } ?? []
        }
        let complete = digests.count == 16 * parts.count
        let etag = complete ? "\(Insecure.MD5.hash(data: digests).hexadecimal)-\(parts.count)" : nil
        return ExpectedObject(size: plan.size, crc: whole, etag: etag)
    }

    /// What one run has sent.
    private struct Sent {
        var parts: [Int: UploadJournal.Part] = [:]
        var bytes = 0
        var retries = 0
    }

    private func sendMissing(parallel: Int, _ progress: S3Upload.Progress) async throws(AWSFailure) -> Sent {
        var waiting = (1...plan.count).filter { present[$0] == nil }[...]
        var arrived = present.keys.reduce(0) { $0 + plan.range($1).count }
        progress(arrived, plan.size)
        do {
            return try await withThrowingTaskGroup(of: (UploadJournal.Part, attempts: Int).self) { group in
                var sent = Sent()
                for number in waiting.prefix(parallel) { group.addTask { try await send(number) } }
                waiting = waiting.dropFirst(parallel)
                // The first part that fails for good ends the others: leaving the group cancels them.
                while let (part, attempts) = try await group.next() {
                    if let number = waiting.popFirst() { group.addTask { try await send(number) } }
                    sent.parts[part.number] = part
                    sent.bytes += plan.range(part.number).count * attempts
                    sent.retries += attempts - 1
                    arrived += plan.range(part.number).count
                    progress(arrived, plan.size)
                }
                return sent
            }
        } catch let failure as AWSFailure {
            throw failure
        } catch {
            throw AWSFailure(.cancelled, "the upload to \(location) was cancelled", cause: error)
        }
    }

    func send(_ number: Int) async throws(AWSFailure) -> (UploadJournal.Part, attempts: Int) {
        if Task.isCancelled { throw AWSFailure(.cancelled, "the upload to \(location) was cancelled") }
        let bytes = plan.range(number)
        let range = FileRange(file: source, offset: bytes.lowerBound, count: bytes.count)
        var kinds: Set<PartDigest.Kind> = []
        if s3.signsBodies { kinds.insert(.sha256) }
        if proof == .md5 { kinds.insert(.md5) }
        let digest = try await PartDigest.of(range, kinds)
        let (etag, attempts) = try await s3.uploadPart(
            range, number: number, of: plan.count, upload: upload, to: location, digest: digest, proof: proof)
        let part = UploadJournal.Part(number, etag: etag, digest)
        try await offPool { () throws(AWSFailure) in try journal.append(part) }
        return (part, attempts)
    }
}

extension UploadJournal.Part {
    fileprivate func checksum(_ plan: UploadPlan) -> CRC64NVME? {
        UInt64(crc, radix: 16).map { CRC64NVME(value: $0, count: plan.range(number).count) }
    }
}

extension [UInt8] {
    /// From two digits a byte; nil where it is anything else.
    fileprivate init?(hexadecimal text: String) {
        let digits = Array<Character>(text).compactMap(\.hexDigitValue)
        guard digits.count == text.count, digits.count.isMultiple(of: 2) else { return nil }
        self = stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }
}
