import Failures
import Foundation
import Testing

@testable import Scheduling

/// "2026-11-26T03:00:00Z"
func date(_ text: String) -> Date { (try? Date(text, strategy: .iso8601)) ?? .distantPast }

/// The next runs after a date, in UTC.
func runs(_ expression: String, _ zone: String? = nil, after: String, _ count: Int = 1) throws -> [String] {
    let schedule = try Schedule(expression, timeZone: zone)
    var (now, found): (Date, [String]) = (date(after), [])
    while found.count < count, let next = schedule.next(after: now, start: date(after)) {
        found.append(next.formatted(.iso8601))
        now = next
    }
    return found
}

@Suite struct ScheduleTests {
    @Test(
        "The examples of AWS's documentation",
        arguments: [
            ("cron(0 10 * * ? *)", "2026-11-26T09:59:59Z", ["2026-11-26T10:00:00Z", "2026-11-27T10:00:00Z"]),
            ("cron(15 12 * * ? *)", "2026-11-26T12:15:00Z", ["2026-11-27T12:15:00Z"]),
            // A Friday, then Monday.
            ("cron(0 18 ? * MON-FRI *)", "2026-11-27T00:00:00Z", ["2026-11-27T18:00:00Z", "2026-11-30T18:00:00Z"]),
            ("cron(0 8 1 * ? *)", "2026-12-01T08:00:00Z", ["2027-01-01T08:00:00Z", "2027-02-01T08:00:00Z"]),
            ("cron(0/15 * * * ? *)", "2026-12-31T23:45:00Z", ["2027-01-01T00:00:00Z", "2027-01-01T00:15:00Z"]),
            ("cron(0/10 * ? * MON-FRI *)", "2026-11-27T23:50:00Z", ["2026-11-30T00:00:00Z"]),
            ("cron(0/5 8-17 ? * MON-FRI *)", "2026-11-27T17:55:00Z", ["2026-11-30T08:00:00Z", "2026-11-30T08:05:00Z"]),
            // The last Fridays of 2022 and 2023, and none behind them.
            ("cron(15 10 ? * 6L 2022-2023)", "2023-11-01T00:00:00Z", ["2023-11-24T10:15:00Z", "2023-12-29T10:15:00Z"]),
            ("cron(0 0 ? * fri#2 *)", "2026-11-14T00:00:00Z", ["2026-12-11T00:00:00Z"]),
            // 3 October 2026 is a Saturday, 3 January 2027 a Sunday.
            ("cron(0 0 3W OCT,jan ? *)", "2026-09-01T00:00:00Z", ["2026-10-02T00:00:00Z", "2027-01-04T00:00:00Z"]),
            ("cron(0 0 */2 * ? *)", "2026-11-30T00:00:00Z", ["2026-12-01T00:00:00Z", "2026-12-03T00:00:00Z"]),
        ])
    func documented(_ expression: String, _ after: String, _ expected: [String]) throws {
        #expect(try runs(expression, after: after, expected.count) == expected)
    }

    @Test(
        "Days at the ends of months and weeks",
        arguments: [
            ("cron(0 0 L 2 ? *)", "2027-01-01T00:00:00Z", ["2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z"]),
            ("cron(0 0 29 2 ? *)", "2096-03-01T00:00:00Z", ["2104-02-29T00:00:00Z"]),
            // Saturday the first: not back into the month before. Sunday the last: not on into the next.
            ("cron(0 0 1W 8 ? 2026)", "2026-01-01T00:00:00Z", ["2026-08-03T00:00:00Z"]),
            ("cron(0 0 31W 1 ? 2027)", "2026-01-01T00:00:00Z", ["2027-01-29T00:00:00Z"]),
            ("cron(0 0 31W 2,3 ? 2027)", "2026-01-01T00:00:00Z", ["2027-03-31T00:00:00Z"]),
            (
                "cron(0 0 LW 1,2,5 ? 2027)", "2027-01-01T00:00:00Z",
                ["2027-01-29T00:00:00Z", "2027-02-26T00:00:00Z", "2027-05-31T00:00:00Z"]
            ),
            ("cron(0 0 15,L 2 ? 2027)", "2027-01-01T00:00:00Z", ["2027-02-15T00:00:00Z", "2027-02-28T00:00:00Z"]),
            // The last day of the week is a Sunday, as the service documents it.
            ("cron(0 0 ? * L *)", "2026-11-26T00:00:00Z", ["2026-11-29T00:00:00Z", "2026-12-06T00:00:00Z"]),
            ("cron(0 0 ? * 1 *)", "2026-11-26T00:00:00Z", ["2026-11-29T00:00:00Z"]),
            // Months with a fifth Thursday.
            ("cron(0 0 ? * 5#5 2027)", "2027-01-01T00:00:00Z", ["2027-04-29T00:00:00Z", "2027-07-29T00:00:00Z"]),
        ])
    func ends(_ expression: String, _ after: String, _ expected: [String]) throws {
        #expect(try runs(expression, after: after, expected.count) == expected)
    }

    @Test(
        "What comes never again is no time",
        arguments: ["cron(0 0 30 2 ? *)", "cron(0 0 * * ? 1970-2025)", "cron(0 0 31 4,6,9,11 ? *)"])
    func never(_ expression: String) throws {
        #expect(try runs(expression, after: "2026-01-01T00:00:00Z").isEmpty)
    }

    @Test("The last minute that there is")
    func last() throws {
        #expect(
            try runs("cron(* * * * ? *)", after: "2199-12-31T23:57:30Z", 5) == [
                "2199-12-31T23:58:00Z", "2199-12-31T23:59:00Z",
            ])
    }

    @Test(
        "A time that the clock skips is left out, and one that it shows twice counts once",
        arguments: [
            // Berlin: 2027-03-28 from 02:00 to 03:00.
            (
                "cron(30 2 * * ? *)", "Europe/Berlin", "2027-03-27T00:00:00Z",
                ["2027-03-27T01:30:00Z", "2027-03-29T00:30:00Z"]
            ),
            // 2026-10-25 from 03:00 to 02:00: at the first 02:30.
            (
                "cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-24T12:00:00Z",
                ["2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"]
            ),
            // Between the two.
            ("cron(30 2 * * ? *)", "Europe/Berlin", "2026-10-25T01:00:00Z", ["2026-10-26T01:30:00Z"]),
            (
                "cron(0 1-3 * * ? *)", "Europe/Berlin", "2027-03-27T23:00:00Z",
                ["2027-03-28T00:00:00Z", "2027-03-28T01:00:00Z", "2027-03-29T-"]
            ),
            (
                "cron(30 1 1 11 ? *)", "America/New_York", "2026-10-01T00:00:00Z",
                ["2026-11-01T05:30:00Z", "2027-11-01T05:30:00Z"]
            ),
            // Half an hour: 2026-10-04 from 02:00 to 02:30.
            (
                "cron(0/15 2 4 10 ? *)", "Australia/Lord_Howe", "2026-10-01T00:00:00Z",
                ["2026-10-03T15:30:00Z", "2026-10-03T15:45:00Z"]
            ),
            // A day that was none: Samoa went from 29 to 31 December 2011.
            ("cron(0 12 * * ? *)", "Pacific/Apia", "2011-12-29T23:00:00Z", ["2011-12-30T22:00:00Z"]),
            // The day of the week is the zone's.
            ("cron(0 0 ? * MON *)", "Asia/Tokyo", "2026-11-26T00:00:00Z", ["2026-11-29T15:00:00Z"]),
            ("cron(0 3 * * ? *)", "Asia/Kolkata", "2026-11-26T00:00:00Z", ["2026-11-26T21:30:00Z"]),
            ("cron(0 3 * * ? *)", "Etc/UTC", "2026-11-26T00:00:00Z", ["2026-11-26T03:00:00Z"]),
        ])
    func zones(_ expression: String, _ zone: String, _ after: String, _ expected: [String]) throws {
        let found = try runs(expression, zone, after: after, expected.count)
        for (one, other) in zip(found, expected) where !other.hasSuffix("-") { #expect(one == other) }
        #expect(found.count == expected.count)
        if expected.last?.hasSuffix("-") == true { #expect(found.last == "2027-03-28T23:00:00Z") }
    }

    @Test("Rates are counted from when the schedule was made")
    func rates() throws {
        #expect(
            try runs("rate(12 hours)", after: "2026-11-26T01:02:03Z", 2) == [
                "2026-11-26T13:02:03Z", "2026-11-27T01:02:03Z",
            ])
        #expect(try runs("rate(1 minute)", after: "2026-11-26T01:02:03Z") == ["2026-11-26T01:03:03Z"])
        #expect(try runs("rate(7 days)", "Europe/Berlin", after: "2026-10-24T12:00:00Z") == ["2026-10-31T12:00:00Z"])
        let start = date("2026-11-26T00:00:00Z")
        let schedule = try Schedule("rate(5 minute)")
        // After a long sleep: the next of the same row, once.
        #expect(
            schedule.next(after: start.addingTimeInterval(10 * 86_400 + 1), start: start)
                == start.addingTimeInterval(10 * 86_400 + 300))
        #expect(schedule.next(after: start.addingTimeInterval(300), start: start) == start.addingTimeInterval(600))
        #expect(schedule.next(after: start.addingTimeInterval(-7), start: start) == start.addingTimeInterval(300))
    }

    @Test(
        "What is refused says what was expected",
        arguments: [
            ("", "cron(…) or rate(…)"), ("0 3 * * ? *", "cron(…) or rate(…)"),
            ("cron(0 3 * * ? *", "cron(…) or rate(…)"),
            ("at(2026-01-01)", "cron(…) or rate(…)"), ("cron()", "has 0 fields"), ("cron(0 3 * * *)", "has 5 fields"),
            ("cron(0 0 3 * * ? *)", "has 7 fields"), ("cron(60 3 * * ? *)", "minutes"), ("cron(0 24 * * ? *)", "hours"),
            ("cron(0 3 0 * ? *)", "day of month"), ("cron(0 3 32 * ? *)", "1 to 31"),
            ("cron(0 3 * 13 ? *)", "JAN to DEC"),
            ("cron(0 3 ? * 8 *)", "SUN to SAT"), ("cron(0 3 ? * 0 *)", "day of week"),
            ("cron(0 3 * * ? 1969)", "1970 to 2199"),
            ("cron(0 3 * * ? 2200)", "year"), ("cron(0 3 * * * *)", "exactly one of the two"),
            ("cron(0 3 ? * ? *)", "exactly one of the two"), ("cron(0 3 1 * MON *)", "exactly one of the two"),
            ("cron(? 3 * * ? *)", "minutes"), ("cron(0 3 * ? ? *)", "month"), ("cron(10-5 3 * * ? *)", "smaller end"),
            ("cron(*/0 3 * * ? *)", "a step"), ("cron(*/61 3 * * ? *)", "a step"), ("cron(1/2/3 3 * * ? *)", "a step"),
            ("cron(0 3 ? * MON/2 *)", "a step"), ("cron(0, 3 * * ? *)", "minutes"), ("cron(1--2 3 * * ? *)", "minutes"),
            ("cron(-1 3 * * ? *)", "minutes"), ("cron(+1 3 * * ? *)", "minutes"), ("cron(٥ 3 * * ? *)", "minutes"),
            ("cron(0 3 ? * MON#6 *)", "from 1 to 5"), ("cron(0 3 ? * MON#0 *)", "from 1 to 5"),
            ("cron(0 3 ? * 3#1,6#3 *)", "alone"), ("cron(0 3 ? * #2 *)", "as in FRI#2"),
            ("cron(0 3 W * ? *)", "day of month"),
            ("cron(0 3 40W * ? *)", "day of month"), ("cron(0 3 L-3 * ? *)", "day of month"),
            ("cron(0 3 ? * XL *)", "day of week"),
            ("cron(L 3 * * ? *)", "minutes"), ("cron(0 3 * FOO ? *)", "month"), ("cron(0 3 MON * ? *)", "day of month"),
            ("cron(00000 3 * * ? *)", "minutes"), ("rate()", "VALUE UNIT"), ("rate(5)", "VALUE UNIT"),
            ("rate(0 minutes)", "out of bounds"),
            ("rate(-1 hours)", "VALUE UNIT"), ("rate(1.5 hours)", "VALUE UNIT"),
            ("rate(2 weeks)", "minutes, hours or days"),
            ("rate(99999999999 days)", "out of bounds"), ("rate(99999999999999999999 days)", "VALUE UNIT"),
        ])
    func refused(_ expression: String, _ said: String) {
        let failure = #expect(throws: ScheduleFailure.self) { try Schedule(expression) }
        #expect(failure?.code == .badExpression)
        #expect(failure?.description.contains(said) == true, "\(expression): \(failure?.description ?? "")")
        #expect(
            failure?.hint?.hasPrefix("expected") == true || failure?.hint?.contains("must") == true
                || said == "out of bounds")
    }

    @Test("A time zone is one of the IANA's", arguments: ["Mars/Olympus", "Europe/", "Berlin"])
    func badZone(_ zone: String) {
        let failure = #expect(throws: ScheduleFailure.self) { try Schedule("cron(0 3 * * ? *)", timeZone: zone) }
        #expect(failure?.code == .badTimeZone && failure?.message.contains(zone) == true)
    }
}
