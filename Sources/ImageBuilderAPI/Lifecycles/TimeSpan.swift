import Foundation

/// "6 MONTHS", by the calendar.
struct TimeSpan: Sendable, Hashable {
    let value: Int
    let unit: Calendar.Component

    private static let units: [String: Calendar.Component] = [
        "DAYS": .day, "WEEKS": .weekOfYear, "MONTHS": .month, "YEARS": .year,
    ]
    private static let words: [Calendar.Component: String] = [
        .day: "day", .weekOfYear: "week", .month: "month", .year: "year",
    ]

    /// Nil for what has neither a value nor a unit that is known.
    init?(_ value: JSONValue?) {
        guard let number = value?["value"]?.integer, let unit = value?["unit"]?.text.flatMap({ Self.units[$0] }) else {
            return nil
        }
        self.value = number
        self.unit = unit
    }

    private static let calendar: Calendar = {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        return calendar
    }()

    /// Whether that long has passed since a date.
    func hasPassed(since date: Date, at now: Date) -> Bool {
        guard let end = Self.calendar.date(byAdding: unit, value: value, to: date) else { return false }
        return end <= now
    }

    var description: String { "\(value) \(Self.words[unit] ?? "")\(value == 1 ? "" : "s")" }
}
