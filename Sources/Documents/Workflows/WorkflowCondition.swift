/// The `if` of a step (user guide, wfdoc-conditional-statements).
public indirect enum WorkflowCondition: Sendable, Hashable {
    case comparison(Operator, baseline: WorkflowInput, value: WorkflowInput)
    /// Never empty.
    case and([WorkflowCondition])
    /// Never empty.
    case or([WorkflowCondition])
    case not(WorkflowCondition)

    public enum Operator: String, Sendable, Hashable, CaseIterable {
        case booleanEquals, numberEquals, numberGreaterThan, numberGreaterThanEquals, numberLessThan,
            numberLessThanEquals, stringEquals
    }

    public static let mostLevels = 4
    public static let mostChildren = 10

    public var variables: [WorkflowVariable] {
        switch self {
        case .comparison(_, let baseline, let value): baseline.variables + value.variables
        case .and(let conditions), .or(let conditions): conditions.flatMap(\.variables)
        case .not(let condition): condition.variables
        }
    }

    /// Whether it holds; nil where that depends on a value that `lookup` does not have.
    public func holds(_ lookup: (WorkflowVariable) -> WorkflowValue?) -> Bool? {
        switch self {
        case .comparison(let comparison, let baseline, let value):
            guard let baseline = baseline.evaluate(lookup), let value = value.evaluate(lookup) else { return nil }
            return comparison.holds(baseline: baseline, value: value)
        case .and(let conditions):
            var isKnown = true
            for condition in conditions {
                switch condition.holds(lookup) {
                case false?: return false
                case true?: continue
                case nil: isKnown = false
                }
            }
            return isKnown ? true : nil
        case .or(let conditions):
            var isKnown = true
            for condition in conditions {
                switch condition.holds(lookup) {
                case true?: return true
                case false?: continue
                case nil: isKnown = false
                }
            }
            return isKnown ? false : nil
        case .not(let condition): return condition.holds(lookup).map { !$0 }
        }
    }
}

extension WorkflowCondition.Operator {
    /// Texts are equal letter for letter; what is no number or no boolean makes its comparison false.
    func holds(baseline: WorkflowValue, value: WorkflowValue) -> Bool {
        switch self {
        case .stringEquals: return value.text == baseline.text
        case .booleanEquals:
            guard let baseline = baseline.flag, let value = value.flag else { return false }
            return value == baseline
        case .numberEquals: return numbers(value, baseline) { !($0 < $1) && !($1 < $0) }
        case .numberGreaterThan: return numbers(value, baseline) { $1 < $0 }
        case .numberGreaterThanEquals: return numbers(value, baseline) { !($0 < $1) }
        case .numberLessThan: return numbers(value, baseline) { $0 < $1 }
        case .numberLessThanEquals: return numbers(value, baseline) { !($1 < $0) }
        }
    }

    private func numbers(
        _ value: WorkflowValue, _ baseline: WorkflowValue, _ compare: (DecimalNumber, DecimalNumber) -> Bool
    ) -> Bool {
        guard let value = DecimalNumber(value.text), let baseline = DecimalNumber(baseline.text) else { return false }
        return compare(value, baseline)
    }
}
