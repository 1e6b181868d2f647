import Failures
import Foundation
import XMLCoder

/// Reading the XML of a service, which may be any server that an endpoint names.
enum XMLAnswer {
    /// Elements inside each other. AWS's answers have fewer than ten; the parser and the decoder recurse.
    private static let deepest = 40

    static func decode<Document: Decodable>(
        _ type: Document.Type, from answer: HTTPAnswer, of request: ServiceRequest, _ service: AWSService
    ) throws(AWSFailure) -> Document {
        do {
            guard isHarmless(answer.body) else { throw CocoaError(.propertyListReadCorrupt) }
            return try XMLDecoder().decode(type, from: Data(answer.body))
        } catch {
            throw request.cannotRead(answer, service, error)
        }
    }

    /// `<Response><Errors><Error>` of EC2, `<ErrorResponse><Error>` of STS, `<Error>` of S3.
    static func failure(in answer: HTTPAnswer) -> ServiceErrorDocument {
        let none = ServiceErrorDocument(code: "", message: "")
        guard answer.body.count < 1 << 20, isHarmless(answer.body) else { return none }
        let data = Data(answer.body)
        if let document = try? XMLDecoder().decode(EC2Response.self, from: data),
            let error = document.Errors.Error.first
        {
            return ServiceErrorDocument(
                code: error.Code, message: error.Message ?? "", requestID: document.RequestID)
        }
        if let document = try? XMLDecoder().decode(ErrorResponse.self, from: data) {
            return ServiceErrorDocument(
                code: document.Error.Code, message: document.Error.Message ?? "", requestID: document.RequestId)
        }
        guard let error = try? XMLDecoder().decode(Fault.self, from: data) else { return none }
        return ServiceErrorDocument(code: error.Code, message: error.Message ?? "")
    }

    /// No document type, whose entities could grow without end, and no nesting deeper than the stack bears.
    static func isHarmless(_ body: [UInt8]) -> Bool {
        var depth = 0
        for index in body.indices where body[index] == UInt8(ascii: "<") && index + 1 < body.count {
            switch body[index + 1] {
            case UInt8(ascii: "!"):
                // Comments and CDATA stand between "<!" and a sign that no declaration begins with.
                guard index + 2 < body.count, [UInt8(ascii: "-"), UInt8(ascii: "[")].contains(body[index + 2]) else {
                    return false
                }
            case UInt8(ascii: "/"): depth -= 1
            case UInt8(ascii: "?"): break
            default:
                depth += 1
                guard let end = body[index...].firstIndex(of: UInt8(ascii: ">")) else { return false }
                if body[end - 1] == UInt8(ascii: "/") { depth -= 1 }
                if depth > deepest { return false }
            }
        }
        return true
    }

    private struct EC2Response: Decodable {
        var Errors: List
        var RequestID: String?

        struct List: Decodable { var Error: [Fault] }
    }

    private struct ErrorResponse: Decodable {
        var Error: Fault
        var RequestId: String?
    }

    private struct Fault: Decodable {
        var Code: String
        var Message: String?
    }
}

/// `<tagSet><item>…</item></tagSet>`, also where it is `<tagSet/>`.
struct XMLItems<Element: Decodable & Sendable>: Decodable, Sendable {
    let elements: [Element]

    private enum Key: String, CodingKey { case item }

    init(from decoder: any Decoder) throws {
        // An empty element is no container for XMLCoder.
        guard let container = try? decoder.container(keyedBy: Key.self) else {
            elements = []
            return
        }
        elements = try container.decodeIfPresent([Element].self, forKey: .item) ?? []
    }
}
