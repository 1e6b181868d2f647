import Failures
import Foundation

/// AWS's rules for tags.
enum TagRules {
    static let limit = 50

    static func check(_ tags: [String: String]) throws(StoreFailure) {
        for (key, value) in tags.sorted(by: { $0.key < $1.key }) {
            guard (1...128).contains(key.unicodeScalars.count), isText(key) else {
                throw StoreFailure(
                    .invalidTag, "'\(key.prefix(200))' is no key of a tag",
                    hint: "1 to 128 letters, digits, blanks and _ . : / = + - @")
            }
            guard !key.lowercased().hasPrefix("aws:") else {
                throw StoreFailure(.invalidTag, "the tag '\(key)' is AWS's own", hint: "no key begins with aws:")
            }
            // SQLite's texts end at U+0000.
            guard !value.utf8.contains(0) else {
                throw StoreFailure(
                    .invalidTag, "the value of the tag '\(key)' contains U+0000",
                    hint: "leave it off")
            }
            guard value.unicodeScalars.count <= 256 else {
                throw StoreFailure(
                    .invalidTag, "the value of the tag '\(key)' has \(value.unicodeScalars.count) characters",
                    hint: "256 at most")
            }
        }
        try check(count: tags.count)
    }

    static func check(count: Int) throws(StoreFailure) {
        guard count <= limit else {
            throw StoreFailure(.tooManyTags, "\(count) tags are too many for a resource", hint: "\(limit) at most")
        }
    }

    private static func isText(_ key: String) -> Bool {
        key.unicodeScalars.allSatisfy { scalar in
            scalar.isASCII
                && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil
                    || scalar.properties.isWhitespace || "_.:/=+-@".unicodeScalars.contains(scalar))
        }
    }
}
