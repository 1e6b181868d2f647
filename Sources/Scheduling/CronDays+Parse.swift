import Failures

extension CronDays {
    init(ofMonth text: Substring) throws(ScheduleFailure) {
        var items: [MonthDay] = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            switch item.uppercased() {
            case "L": items.append(.last)
            case "LW", "WL": items.append(.weekday(near: nil))
            case let word where word.hasSuffix("W"):
                items.append(.weekday(near: try CronValues.value(item.dropLast(), .dayOfMonth, in: item)))
            default: items.append(.days(try CronValues(.dayOfMonth, item).numbers))
            }
        }
        self = .ofMonth(items)
    }

    init(ofWeek text: Substring) throws(ScheduleFailure) {
        let field = CronField.dayOfWeek
        if text.contains("#") {
            let parts = text.split(separator: "#", omittingEmptySubsequences: false)
            let rule = "# is one day and a number from 1 to 5, as in FRI#2, and stands alone"
            guard parts.count == 2, let count = CronValues.number(parts[1]), (1...5).contains(count),
                let day = try? CronValues.value(parts[0], field, in: text)
            else { throw field.refusal(text, rule) }
            self = .nthOfWeek(day, count)
        } else if text.uppercased() == "L" {
            // The service's documentation: the last day of the week is Sunday.
            self = .ofWeek([1])
        } else if text.uppercased().hasSuffix("L") {
            self = .lastOfWeek(try CronValues.value(text.dropLast(), field, in: text))
        } else {
            self = .ofWeek(try CronValues(field, text).numbers)
        }
    }
}
