import Failures
import Foundation

/// cron(0 3 ? * MON-FRI *), read.
struct CronExpression: Sendable, Hashable {
    /// Sorted.
    private let minutes: [Int]
    private let hours: [Int]
    private let months: Set<Int>
    private let years: Set<Int>
    private let days: CronDays

    /// - Parameter text: what is between the parentheses.
    init(_ text: Substring) throws(ScheduleFailure) {
        let fields = text.split(separator: " ", omittingEmptySubsequences: true)
        guard fields.count == CronField.allCases.count else {
            throw ScheduleFailure(
                .badExpression, "cron(\(text.prefix(100))) has \(fields.count) fields",
                hint: "expected six: minutes, hours, day of month, month, day of week and year, as in cron(0 3 * * ? *)"
            )
        }
        minutes = try CronValues(.minutes, fields[0]).sorted
        hours = try CronValues(.hours, fields[1]).sorted
        months = try CronValues(.month, fields[3]).numbers
        years = try CronValues(.year, fields[5]).numbers
        switch (fields[2] == "?", fields[4] == "?") {
        case (false, true): days = try CronDays(ofMonth: fields[2])
        case (true, false): days = try CronDays(ofWeek: fields[4])
        case (true, true), (false, false):
            throw ScheduleFailure(
                .badExpression,
                "cron(\(text)) says '\(fields[2])' for the day of month and '\(fields[4])' for the day of week",
                hint: "exactly one of the two must be '?', as in cron(0 3 * * ? *) or cron(0 3 ? * MON *)")
        }
    }

    func next(after date: Date, _ clock: ZoneClock) -> Date? {
        let now = clock.reading(at: date)
        var day = CivilDate(dayNumber: CivilDate.floorDivide(now, 86_400))
        if day.year < CronField.year.range.lowerBound { day = CivilDate(CronField.year.range.lowerBound, 1, 1) }
        while day.year <= CronField.year.range.upperBound {
            guard years.contains(day.year) else {
                day = CivilDate(day.year + 1, 1, 1)
                continue
            }
            guard months.contains(day.month) else {
                day = day.month == 12 ? CivilDate(day.year + 1, 1, 1) : CivilDate(day.year, day.month + 1, 1)
                continue
            }
            if days.matches(day), let found = first(on: day, after: date, reading: now, clock) { return found }
            day = CivilDate(dayNumber: day.dayNumber + 1)
        }
        return nil
    }

    private func first(on day: CivilDate, after date: Date, reading now: Int, _ clock: ZoneClock) -> Date? {
        let midnight = day.dayNumber * 86_400
        for hour in hours {
            for minute in minutes {
                let wanted = midnight + hour * 3600 + minute * 60
                // What the clock has shown counts no second time.
                guard wanted > now, let found = clock.date(of: wanted), found > date else { continue }
                return found
            }
        }
        return nil
    }
}
