/// Makes one checked value of a request's path, query and body: the operation's input shape.
struct RequestReader: Sendable {
    let contract: Contract

    func input(_ request: APIRequest, _ match: Router.Match) throws(APIError) -> JSONValue {
        guard let shape = contract.structure(match.operation.input) else { return [:] }
        var members: [String: JSONValue] = [:]
        if shape.members.keys.contains(where: { shape.places[$0] == nil }), !request.body.isEmpty {
            members = try body(request.body).filter { shape.places[$0.key] == nil }
        }
        guard let items = request.queryItems else {
            throw APIError.invalidRequest("The query string is not percent-encoded UTF-8.")
        }
        for (name, place) in shape.places {
            switch place {
            case .uri(let label): members[name] = match.labels[label].map { .string($0) }
            case .query(let key):
                members[name] = query(items.filter { $0.name == key }.map(\.value), shape.members[name] ?? "")
            case .header(let header): members[name] = request.header(header.lowercased()).map { .string($0) }
            }
        }
        return try ShapeCheck(contract: contract).checked(.object(members), match.operation.input)
    }

    private func body(_ bytes: [UInt8]) throws(APIError) -> [String: JSONValue] {
        do {
            guard let members = try JSONParser.parse(bytes).members else {
                throw APIError.invalidRequest("The request's body must be a JSON object.")
            }
            return members
        } catch let fault as JSONParser.Fault {
            throw APIError.invalidRequest(
                "The request's body is not valid JSON: expected \(fault.message) at byte \(fault.offset).")
        } catch let error as APIError {
            throw error
        } catch {
            throw APIError.invalidRequest("The request's body must be a JSON object.")
        }
    }

    private func query(_ values: [String], _ shape: String) -> JSONValue? {
        guard let first = values.first else { return nil }
        switch contract.shapes[shape] {
        case .list: return .array(values.map { .string($0) })
        case .boolean: return Bool(first).map { .bool($0) } ?? .string(first)
        case .integer: return Int64(first).map { .integer($0) } ?? .string(first)
        default: return .string(first)
        }
    }
}
