/// One of the six fields: what may stand in it.
enum CronField: String, Sendable, CaseIterable {
    case minutes, hours, dayOfMonth, month, dayOfWeek, year

    var title: String {
        switch self {
        case .minutes: "minutes"
        case .hours: "hours"
        case .dayOfMonth: "day of month"
        case .month: "month"
        case .dayOfWeek: "day of week"
        case .year: "year"
        }
    }

    var range: ClosedRange<Int> {
        switch self {
        case .minutes: 0...59
        case .hours: 0...23
        case .dayOfMonth: 1...31
        case .month: 1...12
        case .dayOfWeek: 1...7
        case .year: 1970...2199
        }
    }

    /// The first is the range's first number.
    var names: [String] {
        switch self {
        case .month: ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
        case .dayOfWeek: ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
        default: []
        }
    }

    /// "1 to 7 or SUN to SAT, with , - * ? L #"
    var expected: String {
        let names = names.isEmpty ? "" : " or \(names[0]) to \(names[names.count - 1])"
        let signs =
            switch self {
            case .dayOfMonth: ", - * ? / L W"
            // The service's table has no steps of days of the week.
            case .dayOfWeek: ", - * ? L #"
            default: ", - * /"
            }
        return "expected \(range.lowerBound) to \(range.upperBound)\(names), with \(signs)"
    }
}
