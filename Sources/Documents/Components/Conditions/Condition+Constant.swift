extension Condition {
    /// What the condition comes to on every guest; nil where that depends on the guest or on a value that is only known
    /// when the step starts.
    public var constantValue: Bool? {
        switch self {
        case .comparison(let comparison): return comparison.constantValue
        case .not(let condition): return condition.constantValue.map { !$0 }
        case .and(let conditions):
            let values = conditions.map(\.constantValue)
            if values.contains(false) { return false }
            return values.contains(nil) ? nil : true
        case .or(let conditions):
            let values = conditions.map(\.constantValue)
            if values.contains(true) { return true }
            return values.contains(nil) ? nil : false
        }
    }
}

extension Condition.Comparison {
    fileprivate var constantValue: Bool? {
        guard operand.expressions.isEmpty, subject?.expressions.isEmpty ?? true else { return nil }
        return `operator`.holds(operand: operand.source, subject: subject?.source ?? "")
    }
}

extension ComparisonOperator {
    /// The comparison of two texts or numbers; nil for patterns, which have a syntax of their own, and for files.
    ///
    /// Texts compare without regard to case and with all their blanks, in the order of their bytes; a text that is no number
    /// makes a numeric comparison false.
    public func holds(operand: String, subject: String) -> Bool? {
        switch self {
        case .stringIsEmpty: operand.isEmpty
        case .stringIsWhitespace: !operand.isEmpty && operand.allSatisfy(\.isWhitespace)
        case .stringEquals: Self.texts(subject, operand) { $0 == $1 }
        case .stringLessThan: Self.texts(subject, operand) { $0 < $1 }
        case .stringLessThanEquals: Self.texts(subject, operand) { $0 <= $1 }
        case .stringGreaterThan: Self.texts(subject, operand) { $0 > $1 }
        case .stringGreaterThanEquals: Self.texts(subject, operand) { $0 >= $1 }
        case .numberEquals: Self.numbers(subject, operand) { $0 == $1 }
        case .numberLessThan: Self.numbers(subject, operand) { $0 < $1 }
        case .numberLessThanEquals: Self.numbers(subject, operand) { $0 <= $1 }
        case .numberGreaterThan: Self.numbers(subject, operand) { $0 > $1 }
        case .numberGreaterThanEquals: Self.numbers(subject, operand) { $0 >= $1 }
        default: nil
        }
    }

    private static func texts(
        _ subject: String, _ operand: String, _ compare: (UTF8Order, UTF8Order) -> Bool
    ) -> Bool {
        compare(UTF8Order(text: subject.lowercased()), UTF8Order(text: operand.lowercased()))
    }

    private static func numbers(
        _ subject: String, _ operand: String, _ compare: (DecimalNumber, DecimalNumber) -> Bool
    ) -> Bool {
        guard let subject = DecimalNumber(subject), let operand = DecimalNumber(operand) else { return false }
        return compare(subject, operand)
    }
}

/// Texts in the order of their bytes, which is Go's; Swift's own order takes equivalent characters for equal.
private struct UTF8Order: Comparable {
    let text: String

    static func < (left: UTF8Order, right: UTF8Order) -> Bool {
        left.text.utf8.lexicographicallyPrecedes(right.text.utf8)
    }

    static func == (left: UTF8Order, right: UTF8Order) -> Bool {
        left.text.utf8.elementsEqual(right.text.utf8)
    }
}
