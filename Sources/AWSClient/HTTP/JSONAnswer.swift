import Failures
import FoundationEssentials

/// Reading the JSON of a service (the json and rest-json protocols).
enum JSONAnswer {
    static func decode<Document: Decodable>(
        _ type: Document.Type, from answer: HTTPAnswer, of request: ServiceRequest, _ service: AWSService
    ) throws(AWSFailure) -> Document {
        do {
            return try JSONDecoder().decode(type, from: Data(answer.body))
        } catch {
            throw request.cannotRead(answer, service, error)
        }
    }

    static func encode(_ document: some Encodable) throws(AWSFailure) -> [UInt8] {
        let encoder = JSONEncoder()
        // The same request has the same bytes whenever it is sent.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return Array(try encoder.encode(document))
        } catch {
            throw AWSFailure(.badRequest, "a request cannot be written as JSON", cause: error)
        }
    }

    /// The code is in x-amzn-errortype or `__type`, as "com.amazonaws.ssm#ParameterNotFound" or
    /// "ValidationException:http://…"; EBS also says a reason.
    static func failure(in answer: HTTPAnswer) -> ServiceErrorDocument {
        let fault = answer.body.count < 1 << 20 ? try? JSONDecoder().decode(Fault.self, from: Data(answer.body)) : nil
        let named = answer[header: "x-amzn-errortype"] ?? fault?.__type ?? fault?.code ?? ""
        let code = named.split(separator: "#").last?.split(separator: ":").first ?? ""
        let text = fault?.message ?? fault?.Message ?? ""
        let reason = fault?.Reason.map { text.isEmpty ? $0 : " (\($0))" } ?? ""
        return ServiceErrorDocument(code: String(code), message: text + reason)
    }

    private struct Fault: Decodable {
        var __type: String?
        var code: String?
        var message: String?
        var Message: String?
        var Reason: String?
    }
}
