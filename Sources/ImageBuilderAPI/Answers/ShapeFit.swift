/// Cuts a value down to what a shape of the contract has, so that one stored document serves every answer that shows it: whole,
/// in a list of versions, in a list of builds.
struct ShapeFit: Sendable {
    let contract: Contract

    func fitted(_ value: JSONValue, to name: String) -> JSONValue {
        switch contract.shapes[name] {
        case .structure(let structure):
            var members: [String: JSONValue] = [:]
            for (member, shape) in structure.members {
                if let content = value[member] { members[member] = fitted(content, to: shape) }
            }
            return .object(members)
        case .list(_, let element): return .array((value.elements ?? []).map { fitted($0, to: element) })
        case .map: return .object((value.members ?? [:]).filter { $0.value != .null })
        default: return value
        }
    }
}
