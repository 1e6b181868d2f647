import FoundationEssentials

/// The parameters of an operation in AWS's query protocol, in order: "BlockDeviceMapping.1.Ebs.SnapshotId".
struct QueryForm: Sendable, Equatable {
    private(set) var items: [(name: String, value: String)] = []

    static func == (one: QueryForm, other: QueryForm) -> Bool {
        one.items.elementsEqual(other.items) { $0 == $1 }
    }

    /// What is nil is not sent.
    mutating func set(_ name: String, _ value: String?) {
        if let value { items.append((name, value)) }
    }

    mutating func set(_ name: String, _ value: Bool?) { set(name, value.map { $0 ? "true" : "false" }) }

    mutating func set(_ name: String, _ value: Int?) { set(name, value.map { "\($0)" }) }

    mutating func set(_ name: String, _ date: Date?) { set(name, date.map { UTC.extended($0) }) }

    /// "ImageId.1", "ImageId.2", …
    mutating func set(_ name: String, list values: [String]) {
        for (index, value) in values.enumerated() { set("\(name).\(index + 1)", value) }
    }

    /// "Tag.1.Key", …: `write` gets each element, and the name it is under.
    mutating func set<Element>(
        _ name: String, each elements: some Sequence<Element>,
        _ write: (inout QueryForm, _ under: String, Element) -> Void
    ) {
        for (index, element) in elements.enumerated() { write(&self, "\(name).\(index + 1)", element) }
    }
}

extension ServiceRequest {
    /// An operation of the query protocol, as a form.
    static func form(
        _ operation: String, version: String, _ target: ServiceEndpoint, subject: String, _ form: QueryForm
    ) -> ServiceRequest {
        let fields = [(name: "Action", value: operation), (name: "Version", value: version)] + form.items
        let body = Array(PercentEncoding.query(fields).utf8)
        return ServiceRequest(
            operation: operation, subject: subject, method: "POST", host: target.host, path: "\(target.basePath)/",
            headers: [("content-type", "application/x-www-form-urlencoded; charset=utf-8")], body: .bytes(body),
            payloadHash: SigV4.hexDigest(of: body))
    }
}
