import Crypto
import Foundation
import HostSystem
import Store

/// One request that is known to be an operation's, by somebody who may ask it, with an input that has the operation's shape.
struct Call: Sendable {
    let operation: Contract.Operation
    let input: JSONValue
    let now: Date

    subscript(_ member: String) -> JSONValue? { input[member] }

    func text(_ member: String) -> String? { input[member]?.text }

    /// A member that the contract requires: the shape's check has seen it.
    func required(_ member: String) throws(APIError) -> String {
        guard let text = input[member]?.text else {
            throw APIError.invalidValue(member, "'\(member)' must not be null.")
        }
        return text
    }

    /// What makes sending it again give the first answer again.
    var token: ClientToken? {
        guard let token = text("clientToken") else { return nil }
        let asked = JSONValue.object((input.members ?? [:]).filter { $0.key != "clientToken" })
        return ClientToken(
            operation: operation.name, token: token,
            requestDigest: SHA256.hash(data: Data(asked.bytes)).hexadecimal)
    }

    /// Only one of two members may be there, and one must be.
    func exactlyOne(_ first: String, _ second: String) throws(APIError) {
        let error = "Exactly one of '\(first)' and '\(second)' must be given."
        guard (input[first] == nil) != (input[second] == nil) else { throw APIError.invalidCombination(error) }
    }
}

/// Carries out one operation; the answer is cut down to the operation's output shape. Throws `APIError`s: with their type in
/// the closures' own, Swift 6.3's compiler crashes.
typealias Handler = @Sendable (Call) async throws -> JSONValue
