public import Failures
public import Foundation

/// When a pipeline runs: AWS's cron(…) on the clock of a time zone, or rate(…).
///
///     cron(Minutes Hours Day-of-month Month Day-of-week Year)
///     rate(VALUE minutes|hours|days)
public struct Schedule: Sendable, Hashable {
    private enum Kind: Hashable {
        case cron(CronExpression)
        case rate(RateExpression)
    }

    private let kind: Kind
    private let clock: ZoneClock

    /// - Parameter timeZone: by its IANA name; nil for UTC. A rate knows none.
    public init(_ expression: String, timeZone: String? = nil) throws(ScheduleFailure) {
        guard let zone = timeZone.map({ TimeZone(identifier: $0) }) ?? TimeZone.gmt else {
            throw ScheduleFailure(
                .badTimeZone, "there is no time zone '\(timeZone ?? "")'",
                hint: "expected a name of the IANA time zone database, as in Europe/Berlin or Etc/UTC")
        }
        clock = ZoneClock(zone: zone)
        if let text = Self.argument(of: "cron", expression) {
            kind = .cron(try CronExpression(text))
        } else if let text = Self.argument(of: "rate", expression) {
            kind = .rate(try RateExpression(text))
        } else {
            throw ScheduleFailure(
                .badExpression, "'\(expression.prefix(100))' is no schedule",
                hint: "expected cron(…) or rate(…), as in cron(0 3 * * ? *) or rate(12 hours)")
        }
    }

    private static func argument(of function: String, _ text: String) -> Substring? {
        guard text.hasPrefix("\(function)("), text.hasSuffix(")") else { return nil }
        return text.dropFirst(function.count + 1).dropLast()
    }

    /// The first time behind a date; nil where there is none any more, and none in the calendar (30 February).
    ///
    /// A time that the clock skips is none (the day on which it is put forward has no run at 02:30); one that it shows
    /// twice counts the first time. So AWS's scheduler does it.
    ///
    /// - Parameter start: when the schedule was made: rates are counted from it.
    public func next(after date: Date, start: Date) -> Date? {
        switch kind {
        case .cron(let cron): cron.next(after: date, clock)
        case .rate(let rate): rate.next(after: date, start: start)
        }
    }
}
