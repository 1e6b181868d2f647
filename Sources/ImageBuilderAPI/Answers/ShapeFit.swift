import Foundation

/// Cuts a value down to what a shape of the contract has, so that one stored document serves every answer that shows it: whole,
/// in a list of versions, in a list of builds.
struct ShapeFit: Sendable {
    let contract: Contract

    /// "2026-11-26T22:17:12.000Z", as the service writes it.
    private static let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    func fitted(_ value: JSONValue, to name: String) -> JSONValue {
        switch contract.shapes[name] {
        case .structure(let structure):
            var members: [String: JSONValue] = [:]
            for (member, shape) in structure.members {
                if let content = value[member] { members[member] = fitted(content, to: shape) }
            }
            return .object(members)
        case .list(_, let element): return .array((value.elements ?? []).map { fitted($0, to: element) })
        case .string:
            // Points in time are numbers here; some of the service's shapes have them as texts.
            guard case .number(let seconds) = value else { return value }
            return .string(Date(timeIntervalSince1970: seconds).formatted(Self.time))
        case .map: return .object((value.members ?? [:]).filter { $0.value != .null })
        default: return value
        }
    }
}
