public import Failures
import FoundationEssentials

/// A part as the server has it.
public struct S3Part: Sendable, Equatable {
    /// 1…10,000
    public let number: Int
    public let etag: String
    /// Bytes.
    public let size: Int
}

/// An upload that was begun and neither completed nor aborted.
public struct S3PendingUpload: Sendable, Equatable {
    public let location: S3Location
    public let id: String
    /// RFC 3339.
    public let initiated: String?
}

extension S3Client {
    /// Begins an upload; with `checksum`, one whose parts carry CRC-64/NVME and whose object gets one for the whole.
    ///
    /// - Returns: the upload's id, and whether the server took the checksum on. Servers that know none of it ignore the header.
    func createMultipartUpload(_ location: S3Location, contentType: String, checksum: Bool)
        async throws(AWSFailure) -> (id: String, checksum: Bool)
    {
        var request = request("CreateMultipartUpload", "POST", location, query: [("uploads", "")])
        request.headers = [("content-type", contentType)]
        if checksum {
            request.headers += [("x-amz-checksum-algorithm", "CRC64NVME"), ("x-amz-checksum-type", "FULL_OBJECT")]
        }
        let answer = try await service.send(request).answer
        let result = try S3Documents.decode(
            S3Documents.InitiateMultipartUploadResult.self, from: answer, of: request.operation)
        return (result.UploadId, answer[header: "x-amz-checksum-algorithm"] == "CRC64NVME")
    }

    /// Sends a part from the file.
    ///
    /// - Returns: its ETag, and how often it was sent.
    func uploadPart(
        _ range: FileRange, number: Int, of total: Int, upload: String, to location: S3Location, digest: PartDigest,
        proof: BodyProof
    ) async throws(AWSFailure) -> (etag: String, attempts: Int) {
        var request = request(
            "UploadPart", "PUT", location, subject: "part \(number) of \(total) of \(location)",
            query: [("partNumber", "\(number)"), ("uploadId", upload)])
        request.headers = bodyHeaders(range, digest, proof)
        request.body = .file(range)
        request.payloadHash = digest.sha256 ?? SigV4.unsignedPayload
        let reply = try await service.send(request)
        guard let etag = reply.answer[header: "etag"] else {
            throw AWSFailure(.badAnswer, "the answer to UploadPart of \(request.subject) has no ETag")
        }
        return (etag, reply.attempts)
    }

    /// Stores a file in one request.
    func putObject(
        _ range: FileRange, to location: S3Location, contentType: String, digest: PartDigest, proof: BodyProof
    )
        async throws(AWSFailure) -> (etag: String, attempts: Int)
    {
        var request = request("PutObject", "PUT", location)
        request.headers = bodyHeaders(range, digest, proof) + [("content-type", contentType)]
        request.body = range.count == 0 ? .none : .file(range)
        request.payloadHash = digest.sha256 ?? SigV4.unsignedPayload
        let reply = try await service.send(request)
        return (unquoted(reply.answer[header: "etag"] ?? ""), reply.attempts)
    }

    private func bodyHeaders(_ range: FileRange, _ digest: PartDigest, _ proof: BodyProof)
        -> [(name: String, value: String)]
    {
        var headers: [(name: String, value: String)] = []
        if range.count == 0 { headers.append(("content-length", "0")) }
        switch proof {
        case .crc64NVME: headers.append(("x-amz-checksum-crc64nvme", digest.crc.base64))
        case .md5: headers.append(("content-md5", Data(digest.md5 ?? []).base64EncodedString()))
        }
        return headers
    }

    /// All parts that the server has of an upload, in order.
    ///
    /// - Throws: `notFound` where the upload does not exist any more.
    func listParts(upload: String, of location: S3Location) async throws(AWSFailure) -> [S3Part] {
        var parts: [S3Part] = []
        var marker: Int?
        repeat {
            var query: [(name: String, value: String)] = [("uploadId", upload)]
            if let marker { query.append(("part-number-marker", "\(marker)")) }
            let request = request("ListParts", "GET", location, query: query)
            let page = try S3Documents.decode(
                S3Documents.ListPartsResult.self, from: try await service.send(request).answer, of: request.operation)
            parts += (page.Part ?? []).map { S3Part(number: $0.PartNumber, etag: $0.ETag, size: $0.Size) }
            let next = page.IsTruncated == true ? page.NextPartNumberMarker : nil
            // A server that repeats its marker would keep us here for ever.
            marker = next == marker ? nil : next
        } while marker != nil
        return parts
    }

    /// Puts the parts together.
    ///
    /// - Parameter checksum: of the whole object, which the server compares with its own.
    func completeMultipartUpload(
        _ upload: String, of location: S3Location, parts: [S3Documents.CompleteMultipartUpload.Part], size: Int,
        checksum: CRC64NVME?
    ) async throws(AWSFailure) {
        var request = request("CompleteMultipartUpload", "POST", location, query: [("uploadId", upload)])
        let body = try S3Documents.encode(S3Documents.CompleteMultipartUpload(Part: parts))
        request.headers = [("content-type", "application/xml"), ("x-amz-mp-object-size", "\(size)")]
        if let checksum {
            request.headers += [
                ("x-amz-checksum-crc64nvme", checksum.base64), ("x-amz-checksum-type", "FULL_OBJECT"),
            ]
        }
        request.body = .bytes(body)
        request.payloadHash = SigV4.hexDigest(of: body)
        request.mayFailInside200 = true
        _ = try await service.send(request)
    }

    /// Gives an upload up; its parts are deleted. One that does not exist is no error.
    public func abortMultipartUpload(_ upload: String, of location: S3Location) async throws(AWSFailure) {
        do {
            _ = try await service.send(
                request("AbortMultipartUpload", "DELETE", location, query: [("uploadId", upload)]))
        } catch  where error.code == .notFound {
        }
    }

    /// The uploads under a prefix that were begun and neither completed nor aborted: their parts are stored, and billed.
    public func listMultipartUploads(_ prefix: S3Location) async throws(AWSFailure) -> [S3PendingUpload] {
        let bucket = S3Location(bucket: prefix.bucket, key: "")
        var uploads: [S3PendingUpload] = []
        var marker: (key: String, id: String)?
        repeat {
            var query: [(name: String, value: String)] = [("uploads", ""), ("prefix", prefix.key)]
            if let marker { query += [("key-marker", marker.key), ("upload-id-marker", marker.id)] }
            let request = request("ListMultipartUploads", "GET", bucket, query: query)
            let page = try S3Documents.decode(
                S3Documents.ListMultipartUploadsResult.self, from: try await service.send(request).answer,
                of: request.operation)
            uploads += (page.Upload ?? []).map {
                S3PendingUpload(
                    location: S3Location(bucket: prefix.bucket, key: $0.Key), id: $0.UploadId, initiated: $0.Initiated)
            }
            guard page.IsTruncated == true, let key = page.NextKeyMarker, let id = page.NextUploadIdMarker,
                marker.map({ $0 != (key, id) }) ?? true
            else { break }
            marker = (key, id)
        } while true
        return uploads
    }
}
