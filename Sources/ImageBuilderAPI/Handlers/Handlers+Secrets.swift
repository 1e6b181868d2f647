import Foundation
import Store

extension Handlers {
    /// A document as it is stored: values of secret parameters are sealed wherever they stand in it.
    func sealed(_ document: Data) async throws(APIError) -> Data {
        guard !secretParameters.isEmpty, let value = try? JSONValue(parsing: Array(document)) else { return document }
        var secrets: Set<String> = []
        collect(value, into: &secrets)
        guard !secrets.isEmpty else { return document }
        return try await asking { [secrets] in try await store.sealed(document, hiding: secrets) }
    }

    /// Parameters have a name, and a value or a default, in whatever they are.
    private func collect(_ value: JSONValue, into secrets: inout Set<String>) {
        switch value {
        case .array(let elements): for element in elements { collect(element, into: &secrets) }
        case .object(let members):
            if let name = members["name"]?.text, secretParameters.contains(name) {
                for member in ["value", "defaultValue"] {
                    guard let given = members[member] else { continue }
                    secrets.formUnion((given.elements ?? [given]).compactMap(\.text))
                }
            }
            for member in members.values { collect(member, into: &secrets) }
        default: break
        }
    }
}
