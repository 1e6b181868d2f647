/// On which days of a month a schedule runs: what the fields "day of month" and "day of week" say, of which one is "?".
enum CronDays: Sendable, Hashable {
    /// "*", "1-15", "L", "3W,LW"
    case ofMonth([MonthDay])
    /// "MON-FRI", "L"
    case ofWeek(Set<Int>)
    /// "6L": the last of a month.
    case lastOfWeek(Int)
    /// "6#3": the third of a month.
    case nthOfWeek(Int, Int)

    enum MonthDay: Sendable, Hashable {
        case days(Set<Int>)
        case last
        /// The day from Monday to Friday that is nearest, in the same month; nil: the month's last one.
        case weekday(near: Int?)
    }

    func matches(_ date: CivilDate) -> Bool {
        switch self {
        case .ofMonth(let items): items.contains { $0.matches(date) }
        case .ofWeek(let days): days.contains(date.weekday)
        case .lastOfWeek(let day): date.weekday == day && date.day + 7 > date.daysInMonth
        case .nthOfWeek(let day, let count): date.weekday == day && (date.day - 1) / 7 + 1 == count
        }
    }
}

extension CronDays.MonthDay {
    fileprivate func matches(_ date: CivilDate) -> Bool {
        switch self {
        case .days(let days): days.contains(date.day)
        case .last: date.day == date.daysInMonth
        case .weekday(near: let wanted): date.day == Self.weekday(near: wanted, in: date)
        }
    }

    /// Nil where the month has no such day.
    private static func weekday(near wanted: Int?, in month: CivilDate) -> Int? {
        let last = month.daysInMonth
        let day = wanted ?? last
        guard day <= last else { return nil }
        switch CivilDate(month.year, month.month, day).weekday {
        // A Saturday's neighbour is Friday, but for the first of a month; a Sunday's is Monday, but for the last.
        case 7: return day == 1 ? 3 : day - 1
        case 1: return day == last ? day - 2 : day + 1
        default: return day
        }
    }
}
