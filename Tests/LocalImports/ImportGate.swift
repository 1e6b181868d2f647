import AWSClient
import AsyncHTTPClient
import NIOCore
import NIOHTTP1

/// An answer to be sent.
struct WholeAnswer: Sendable {
    var status: HTTPResponseStatus
    var headers: HTTPHeaders
    var body: ByteBuffer

    init(status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer) {
        (self.status, self.headers, self.body) = (status, headers, body)
    }

    init(_ status: Int, _ xml: String) {
        self.init(
            status: HTTPResponseStatus(statusCode: status), headers: ["content-type": "text/xml;charset=UTF-8"],
            body: ByteBuffer(string: xml))
    }
}

/// Five operations stay here, the others go on.
struct ImportGate: Sendable {
    let tasks: ImportTasks
    let relay: MotoRelay

    func answer(_ request: WholeRequest) async -> WholeAnswer {
        do {
            guard let form = request.form, let region = request.region, let own = try await answer(form, region) else {
                return try await relay.pass(request)
            }
            return WholeAnswer(200, own)
        } catch let refusal as LocalImports.Refusal {
            return WholeAnswer(refusal.status, ImportAnswers.refusal(refusal))
        } catch {
            let refusal = LocalImports.Refusal("Unavailable", "moto did not answer: \(error)", status: 502)
            return WholeAnswer(refusal.status, ImportAnswers.refusal(refusal))
        }
    }

    /// nil where it is moto's.
    private func answer(_ form: ImportForm, _ region: String) async throws(LocalImports.Refusal) -> String? {
        switch form["Action"] {
        case "ImportSnapshot": return ImportAnswers.begun(try await begin(form, .snapshot, region))
        case "ImportImage": return ImportAnswers.begun(try await begin(form, .image, region))
        case "DescribeImportSnapshotTasks": return try await list(form, .snapshot, region)
        case "DescribeImportImageTasks": return try await list(form, .image, region)
        case "CancelImportTask":
            let id = form["ImportTaskId"] ?? ""
            let states = try await tasks.cancel(id, region: region)
            return ImportAnswers.cancelled(id, before: states.before, after: states.after)
        default: return nil
        }
    }

    private func list(_ form: ImportForm, _ kind: ImportRecord.Kind, _ region: String)
        async throws(LocalImports.Refusal) -> String
    {
        // An answer that took no notice of them would mislead.
        guard form.groups("Filter").isEmpty, form.groups("Filters").isEmpty else {
            throw .init("InvalidParameterValue", "this server of Kiln's tests has no filters of import tasks")
        }
        return ImportAnswers.tasks(try await tasks.look(form.list("ImportTaskId"), kind, region: region), kind)
    }

    private func begin(_ form: ImportForm, _ kind: ImportRecord.Kind, _ region: String)
        async throws(LocalImports.Refusal) -> ImportRecord
    {
        guard form["DryRun"] != "true" else {
            throw .init("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", status: 412)
        }
        return try await tasks.begin(form, kind, region: region)
    }
}

/// Hands requests to moto as they came, and its answers back.
struct MotoRelay: Sendable {
    let client: HTTPClient
    let endpoint: String

    /// Of one connection, and not of what goes over it.
    private static let ofConnections = ["connection", "keep-alive", "transfer-encoding", "content-length", "expect"]

    func pass(_ request: WholeRequest) async throws -> WholeAnswer {
        var outgoing = HTTPClientRequest(url: endpoint + request.head.uri)
        outgoing.method = request.head.method
        outgoing.headers = request.head.headers
        for name in Self.ofConnections { outgoing.headers.remove(name: name) }
        if request.body.readableBytes > 0 { outgoing.body = .bytes(request.body) }
        let answer = try await client.execute(outgoing, timeout: .seconds(120))
        var headers = answer.headers
        for name in Self.ofConnections { headers.remove(name: name) }
        return WholeAnswer(
            status: answer.status, headers: headers, body: try await answer.body.collect(upTo: 64 << 20))
    }
}
