import Failures

/// What a list of numbers, names, ranges and steps stands for: "1,5-9,20/10", "JAN-MAR", "*/15".
struct CronValues {
    private(set) var numbers: Set<Int> = []

    var sorted: [Int] { numbers.sorted() }

    init(_ field: CronField, _ text: Substring) throws(ScheduleFailure) {
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            numbers.formUnion(try Self.numbers(of: item, field))
        }
    }

    private static func numbers(of item: Substring, _ field: CronField) throws(ScheduleFailure) -> [Int] {
        let parts = item.split(separator: "/", omittingEmptySubsequences: false)
        let span = parts[0]
        guard parts.count > 1 else {
            return span == "*" ? Array(field.range) : Array(try range(of: span, field))
        }
        guard parts.count == 2, field != .dayOfWeek, let step = number(parts[1]),
            (1...field.range.count).contains(step)
        else {
            throw field.refusal(item, "a step is a number from 1 to \(field.range.count), as in */2 or 5/15")
        }
        // "5/15" goes on to the end.
        let from = span == "*" ? field.range : try range(of: span, field)
        let last = span == "*" || span.contains("-") ? from.upperBound : field.range.upperBound
        return Array(stride(from: from.lowerBound, through: last, by: step))
    }

    private static func range(of span: Substring, _ field: CronField) throws(ScheduleFailure) -> ClosedRange<Int> {
        let ends = span.split(separator: "-", omittingEmptySubsequences: false)
        let first = try value(ends[0], field, in: span)
        guard ends.count > 1 else { return first...first }
        guard ends.count == 2 else { throw field.refusal(span) }
        let last = try value(ends[1], field, in: span)
        guard first <= last else { throw field.refusal(span, "a range begins with its smaller end") }
        return first...last
    }

    /// A number in bounds, or a name.
    static func value(
        _ word: Substring, _ field: CronField, in item: Substring
    ) throws(ScheduleFailure) -> Int {
        if let index = field.names.firstIndex(of: word.uppercased()) { return field.range.lowerBound + index }
        guard let number = number(word), field.range.contains(number) else { throw field.refusal(item) }
        return number
    }

    static func number(_ word: Substring) -> Int? {
        // "+5" and "٥" are numbers elsewhere.
        word.count <= 4 && word.allSatisfy(\.isASCIIDigit) ? Int(word) : nil
    }
}

extension CronField {
    func refusal(_ item: Substring, _ rule: String? = nil) -> ScheduleFailure {
        ScheduleFailure(
            .badExpression, "'\(item.prefix(100))' is nothing that the \(title) of a cron expression can be",
            hint: rule.map { "\(expected); \($0)" } ?? expected)
    }
}
