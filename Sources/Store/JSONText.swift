import Crypto
import Failures
import Foundation
import HostSystem

/// Documents on their way into the database.
enum JSONText {
    static let encoder: JSONEncoder = {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }()

    /// The text of a JSON object.
    static func object(_ data: Data, _ subject: String) throws(StoreFailure) -> String {
        _ = try members(data, subject)
        return String(decoding: data, as: UTF8.self)
    }

    /// What two documents with the same content share, however they are written. What tells of a change, and what is read off
    /// a component's or workflow's own document, is not part of the content.
    static func digest(_ data: Data, of kind: ResourceKind, _ subject: String) throws(StoreFailure) -> String {
        var members = try members(data, subject)
        members["changeDescription"] = nil
        if [.component, .workflow].contains(kind) {
            for derived in ["encrypted", "obfuscate", "parameters", "type"] { members[derived] = nil }
        }
        do {
            let canonical = try JSONSerialization.data(withJSONObject: members, options: [.sortedKeys])
            return SHA256.hash(data: canonical).hexadecimal
        } catch { throw StoreFailure(.invalidDocument, "\(subject) cannot be written as JSON", cause: error) }
    }

    private static func members(_ data: Data, _ subject: String) throws(StoreFailure) -> [String: Any] {
        let value: Any
        do { value = try JSONSerialization.jsonObject(with: data) } catch {
            throw StoreFailure(.invalidDocument, "\(subject) is no JSON", cause: error)
        }
        guard let members = value as? [String: Any], String(validating: data, as: UTF8.self) != nil else {
            throw StoreFailure(.invalidDocument, "\(subject) is no JSON object in UTF-8")
        }
        return members
    }
}
