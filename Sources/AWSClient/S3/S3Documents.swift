import Failures
import Foundation
import XMLCoder

/// The XML that S3 speaks, as far as Kiln does. Element names are S3's (API version 2006-03-01).
enum S3Documents {
    struct Failure: Decodable {
        var Code: String
        var Message: String?
        var RequestId: String?
        var Region: String?
    }

    struct InitiateMultipartUploadResult: Decodable {
        var UploadId: String
    }

    struct ListPartsResult: Decodable {
        var Part: [Part]?
        var IsTruncated: Bool?
        var NextPartNumberMarker: Int?

        struct Part: Decodable {
            var PartNumber: Int
            var ETag: String
            var Size: Int
        }
    }

    struct ListMultipartUploadsResult: Decodable {
        var Upload: [Upload]?
        var IsTruncated: Bool?
        var NextKeyMarker: String?
        var NextUploadIdMarker: String?

        struct Upload: Decodable {
            var Key: String
            var UploadId: String
            var Initiated: String?
        }
    }

    struct CompleteMultipartUpload: Encodable {
        var Part: [Part]

        struct Part: Encodable {
            var PartNumber: Int
            var ETag: String
            var ChecksumCRC64NVME: String?
        }
    }

    struct CompleteMultipartUploadResult: Decodable {
        var ETag: String
        var ChecksumCRC64NVME: String?
    }

    static func decode<Document: Decodable>(_ type: Document.Type, from answer: HTTPAnswer, of operation: String)
        throws(AWSFailure) -> Document
    {
        do {
            guard XMLAnswer.isHarmless(answer.body) else { throw CocoaError(.propertyListReadCorrupt) }
            return try XMLDecoder().decode(type, from: Data(answer.body))
        } catch {
            throw AWSFailure(
                .badAnswer, "the answer to \(operation) is not what S3 sends: \(answer.body.count) bytes",
                hint: "is the endpoint an S3 server?", cause: error)
        }
    }

    static func encode(_ document: CompleteMultipartUpload) throws(AWSFailure) -> [UInt8] {
        do {
            return Array(
                try XMLEncoder().encode(
                    document, withRootKey: "CompleteMultipartUpload",
                    rootAttributes: ["xmlns": "http://s3.amazonaws.com/doc/2006-03-01/"]))
        } catch {
            throw AWSFailure(.badConfiguration, "the list of parts cannot be written as XML", cause: error)
        }
    }

    /// An error document, or an empty code where the answer has none.
    static func failure(in answer: HTTPAnswer) -> ServiceErrorDocument {
        // A result document has other root elements; looking for the tag spares parsing every result twice.
        guard answer.body.count < 1 << 20, XMLAnswer.isHarmless(answer.body),
            String(decoding: answer.body, as: UTF8.self).contains("<Error>"),
            let document = try? XMLDecoder().decode(Failure.self, from: Data(answer.body))
        else { return ServiceErrorDocument(code: "", message: "") }
        return ServiceErrorDocument(
            code: document.Code, message: document.Message ?? "", requestID: document.RequestId, region: document.Region
        )
    }
}
