import Foundation
import SeededNumbers
import Testing

@testable import Scheduling

/// What is read and computed against what is told by Foundation's calendar, minute by minute and day by day.
@Suite struct OracleTests {
    /// A field's text, and the numbers that it stands for: written together, so that nothing has to read the text.
    private func field(
        _ range: ClosedRange<Int>, _ names: [String] = [], steps: Bool = true, using numbers: inout SeededGenerator
    ) -> (text: String, values: Set<Int>) {
        if Int.random(in: 0..<5, using: &numbers) == 0 { return ("*", Set(range)) }
        var (texts, values): ([String], Set<Int>) = ([], [])
        for _ in 0...Int.random(in: 0...2, using: &numbers) {
            let one = Int.random(in: range, using: &numbers)
            let two = Int.random(in: one...range.upperBound, using: &numbers)
            let step = Int.random(in: 1...range.count, using: &numbers)
            func word(_ value: Int) -> String {
                names.isEmpty || Bool.random(using: &numbers) ? "\(value)" : names[value - range.lowerBound]
            }
            switch Int.random(in: 0..<(steps ? 5 : 2), using: &numbers) {
            case 0: (texts, values) = (texts + [word(one)], values.union([one]))
            case 1: (texts, values) = (texts + ["\(word(one))-\(word(two))"], values.union(one...two))
            case 2:
                (texts, values) = (
                    texts + ["*/\(step)"],
                    values.union(stride(from: range.lowerBound, through: range.upperBound, by: step))
                )
            case 3:
                (texts, values) = (
                    texts + ["\(one)/\(step)"], values.union(stride(from: one, through: range.upperBound, by: step))
                )
            default:
                (texts, values) = (
                    texts + ["\(one)-\(two)/\(step)"], values.union(stride(from: one, through: two, by: step))
                )
            }
        }
        return (texts.joined(separator: ","), values)
    }

    @Test(
        "Minutes and hours, where the clock is put forward and back too",
        arguments: ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"])
    func minutes(_ name: String) throws {
        var numbers = SeededGenerator(seed: 17)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: name))
        // Two days around a change, every minute of which is looked up once.
        for start in [
            date("2026-10-03T12:00:00Z"), date("2026-10-24T12:00:00Z"), date("2027-03-27T12:00:00Z"),
            date("2027-03-13T18:00:00Z"),
        ] {
            var seen: Set<String> = []
            let clock = (0..<(36 * 60)).map { minute -> (date: Date, hour: Int, minute: Int, isFirst: Bool) in
                let date = start.addingTimeInterval(Double(minute) * 60)
                let parts = calendar.dateComponents([.day, .hour, .minute], from: date)
                let isFirst = seen.insert("\(parts.day!) \(parts.hour!) \(parts.minute!)").inserted
                return (date, parts.hour!, parts.minute!, isFirst)
            }
            for _ in 0..<12 {
                let (minute, hour) = (field(0...59, using: &numbers), field(0...23, using: &numbers))
                let schedule = try Schedule("cron(\(minute.text) \(hour.text) * * ? *)", timeZone: name)
                let expected = clock.filter {
                    $0.isFirst && minute.values.contains($0.minute) && hour.values.contains($0.hour)
                }
                var (now, found): (Date, [Date]) = (start.addingTimeInterval(-1), [])
                while let next = schedule.next(after: now, start: start), next <= clock[clock.count - 1].date {
                    found.append(next)
                    now = next
                }
                #expect(found == expected.map(\.date), "cron(\(minute.text) \(hour.text) * * ? *) in \(name)")
            }
        }
    }

    @Test("Days, months, weeks and years")
    func days() throws {
        var numbers = SeededGenerator(seed: 4)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let start = date("2027-01-01T00:00:00Z")
        let days = (0..<(4 * 366)).map { number -> (date: Date, parts: DateComponents, last: Int) in
            let date = start.addingTimeInterval(Double(number) * 86_400)
            let parts = calendar.dateComponents([.year, .month, .day, .weekday], from: date)
            return (date, parts, calendar.range(of: .day, in: .month, for: date)!.count)
        }
        let monthNames = ["JAN", "feb", "Mar", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "dec"]
        let dayNames = ["SUN", "mon", "TUE", "WED", "THU", "FRI", "Sat"]
        for round in 0..<200 {
            let month = field(1...12, monthNames, using: &numbers)
            let year =
                Bool.random(using: &numbers)
                ? (text: "*", values: Set(1970...2199)) : field(2027...2029, steps: false, using: &numbers)
            // What stands for all of the field is more than the three years that are drawn from.
            let years = year.text == "*" ? Set(1970...2199) : year.values
            let number = Int.random(in: 1...31, using: &numbers)
            let (weekday, count) = (Int.random(in: 1...7, using: &numbers), Int.random(in: 1...5, using: &numbers))
            let (text, matches): (String, ((parts: DateComponents, last: Int)) -> Bool)
            switch round % 7 {
            case 0, 1:
                let days = field(1...31, using: &numbers)
                (text, matches) = ("\(days.text) \(month.text) ?", { days.values.contains($0.parts.day!) })
            case 2:
                let days = field(1...7, dayNames, steps: false, using: &numbers)
                (text, matches) = ("? \(month.text) \(days.text)", { days.values.contains($0.parts.weekday!) })
            case 3: (text, matches) = ("L \(month.text) ?", { $0.parts.day! == $0.last })
            case 4:
                (text, matches) = (
                    "? \(month.text) \(weekday)L", { $0.parts.weekday! == weekday && $0.parts.day! > $0.last - 7 }
                )
            case 5:
                (text, matches) = (
                    "? \(month.text) \(dayNames[weekday - 1])#\(count)",
                    { $0.parts.weekday! == weekday && ($0.parts.day! + 6) / 7 == count }
                )
            default:
                // The nearest of the month's days from Monday to Friday; no two of them are equally near.
                (text, matches) = (
                    "\(number)W \(month.text) ?",
                    { day in
                        guard number <= day.last else { return false }
                        let shift = day.parts.weekday! - day.parts.day!
                        let work = (1...day.last).filter { ![1, 7, 0].contains(((($0 + shift) % 7) + 7) % 7) }
                        return work.min { abs($0 - number) < abs($1 - number) } == day.parts.day!
                    }
                )
            }
            let expression = "cron(0 0 \(text) \(year.text))"
            let schedule = try Schedule(expression)
            let expected = days.filter {
                matches(($0.parts, $0.last)) && month.values.contains($0.parts.month!)
                    && years.contains($0.parts.year!)
            }
            var (now, found): (Date, [Date]) = (start.addingTimeInterval(-1), [])
            while let next = schedule.next(after: now, start: start), next <= days[days.count - 1].date {
                found.append(next)
                now = next
            }
            #expect(found == expected.map(\.date), "\(expression)")
        }
    }

    @Test("Every day from 1899 to 2205 has the number and the weekday that the calendar says")
    func civilDates() {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        for number in stride(from: -26_000, to: 86_000, by: 13) {
            let date = CivilDate(dayNumber: number)
            let parts = calendar.dateComponents(
                [.year, .month, .day, .weekday], from: Date(timeIntervalSince1970: Double(number) * 86_400))
            #expect(date == CivilDate(parts.year!, parts.month!, parts.day!))
            #expect(date.weekday == parts.weekday! && date.dayNumber == number)
        }
    }
}
