import Failures
import Foundation

/// The texts of a JSON document in which something can be replaced.
struct DocumentTexts: @unchecked Sendable {
    /// As JSONSerialization reads it; nothing changes it.
    private let root: Any?

    init(_ document: Data) { root = try? JSONSerialization.jsonObject(with: document) }

    /// Those of some values that stand anywhere in it, the longest first: one may be a part of another.
    func containing(_ values: Set<String>) -> [String] {
        // A mark that is there already, in a document made of others, is no secret.
        var left = values.filter { !$0.isEmpty && SecretMark.all(in: Array($0.utf8)).isEmpty }
        guard let root, !left.isEmpty else { return [] }
        var found: [String] = []
        Self.visit(root, key: "") { text in
            for value in left where Self.holds(Array(text.utf8), Array(value.utf8)) {
                found.append(value)
                left.remove(value)
            }
        }
        return found.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    /// - Parameter changes: what takes the place of what. Where two could, the first does.
    func replacing(_ changes: [(String, String)]) throws(StoreFailure) -> Data {
        let bytes: [Change] = changes.map { (old: Array($0.0.utf8), new: Array($0.1.utf8)) }
        let changed = Self.changed(root ?? NSNull(), key: "", bytes)
        do {
            return try JSONSerialization.data(
                withJSONObject: changed, options: [.sortedKeys, .withoutEscapingSlashes])
        } catch { throw StoreFailure(.invalidDocument, "a document cannot be written as JSON", cause: error) }
    }

    private static func visit(_ value: Any, key: String, _ body: (String) -> Void) {
        switch value {
        case let members as [String: Any]: for (name, member) in members { visit(member, key: name, body) }
        case let elements as [Any]: for element in elements { visit(element, key: key, body) }
        case let text as String where isFree(key): body(text)
        default: break
        }
    }

    private typealias Change = (old: [UInt8], new: [UInt8])

    private static func changed(_ value: Any, key: String, _ changes: [Change]) -> Any {
        switch value {
        case let members as [String: Any]:
            var changedMembers: [String: Any] = [:]
            for (name, member) in members { changedMembers[name] = changed(member, key: name, changes) }
            return changedMembers
        case let elements as [Any]: return elements.map { changed($0, key: key, changes) }
        case let text as String where isFree(key): return changed(text, changes)
        default: return value
        }
    }

    /// In one pass: what has been put in is not looked at again, whatever it holds.
    private static func changed(_ text: String, _ changes: [Change]) -> String {
        let bytes = Array(text.utf8)
        guard changes.contains(where: { holds(bytes, $0.old) }) else { return text }
        var (result, index): ([UInt8], Int) = ([], 0)
        while index < bytes.count {
            if let change = changes.first(where: { bytes[index...].starts(with: $0.old) }) {
                result += change.new
                index += change.old.count
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func holds(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard let first = part.first else { return false }
        var rest = text[...]
        while let place = rest.firstIndex(of: first) {
            if text[place...].starts(with: part) { return true }
            rest = text[(place + 1)...]
        }
        return false
    }

    /// Names, references and the service's own words are looked up and compared: they are what they say.
    private static func isFree(_ key: String) -> Bool {
        !key.hasSuffix("Arn") && !["arn", "name", "parentImage", "platform", "region", "type", "version"].contains(key)
    }
}
