import Failures
import Foundation

/// rate(12 hours)
struct RateExpression: Sendable, Hashable {
    let seconds: Int

    private static let units = ["minute": 60, "hour": 3600, "day": 86_400]
    private static let expected =
        "expected rate(VALUE UNIT), as in rate(12 hours): a whole number from 1 on, and minutes, hours or days"

    /// - Parameter text: what is between the parentheses.
    init(_ text: Substring) throws(ScheduleFailure) {
        let words = text.split(separator: " ")
        // AWS's own examples have "12 hour" as well as "12 hours".
        guard words.count == 2, let value = Int(words[0]), words[0].allSatisfy(\.isASCIIDigit),
            let unit = Self.units[String(words[1].hasSuffix("s") ? words[1].dropLast() : words[1])]
        else {
            throw ScheduleFailure(.badExpression, "rate(\(text)) is no rate", hint: Self.expected)
        }
        // A century: more is a mistake, and much more would not fit.
        guard value >= 1, value <= 36_525 * 86_400 / unit else {
            throw ScheduleFailure(
                .badExpression, "\(value) is out of bounds for a rate",
                hint: "1 to \(36_525 * 86_400 / unit) \(words[1])")
        }
        seconds = value * unit
    }

    /// The first point of the row that begins at `start`, one step behind it.
    func next(after date: Date, start: Date) -> Date {
        let passed = max(0, date.timeIntervalSince(start))
        let steps = (passed / Double(seconds)).rounded(.down) + 1
        return start.addingTimeInterval(steps * Double(seconds))
    }
}

extension Character {
    var isASCIIDigit: Bool { ("0"..."9").contains(self) }
}
