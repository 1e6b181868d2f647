import Foundation

/// What a value of the contract may be.
enum Shape: Sendable {
    case structure(Structure)
    case string(StringLimits)
    case integer(NumberLimits)
    case double(NumberLimits)
    case boolean
    /// Seconds since 1970 as a number.
    case timestamp
    case list(SizeLimits, element: String)
    case map(SizeLimits, key: String, value: String)

    struct Structure: Sendable {
        /// The shape of each member, by name.
        var members: [String: String]
        var required: [String]
        /// Of members that do not travel in the body.
        var places: [String: Place]
    }

    enum Place: Sendable, Hashable {
        case header(String)
        case uri(String)
        case query(String)
    }

    struct SizeLimits: Sendable {
        var minimum: Int?
        var maximum: Int?
    }

    struct NumberLimits: Sendable {
        var minimum: Double?
        var maximum: Double?
    }

    struct StringLimits: Sendable {
        /// In characters.
        var size: SizeLimits
        var pattern: Pattern?
        /// Empty: any.
        var words: [String]
    }

    /// A regular expression with the text that it was written as.
    struct Pattern: Sendable {
        let text: String
        private let expression: NSRegularExpression

        init(_ text: String) throws {
            self.text = text
            expression = try NSRegularExpression(pattern: text)
        }

        func matches(_ value: String) -> Bool {
            expression.firstMatch(in: value, range: NSRange(value.startIndex..., in: value)) != nil
        }
    }
}
