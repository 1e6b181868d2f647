/// A conditional expression: of a step's `if`, or of Assert (user guide, toe-logical-operators).
public indirect enum Condition: Sendable, Hashable {
    case comparison(Comparison)
    /// True if all are; stops at the first that is not. Never empty.
    case and([Condition])
    /// True if any is; stops at the first that is. Never empty.
    case or([Condition])
    case not(Condition)

    public struct Comparison: Sendable, Hashable {
        public let `operator`: ComparisonOperator
        /// What stands after the operator: the baseline, the pattern, the hash, or the path of an `…Exists`.
        public let operand: Interpolation
        /// The `value` or `path` beside it; nil exactly where the operator's `subjectKey` is nil.
        public let subject: Interpolation?
        /// Of the operator.
        public let position: SourcePosition
    }

    /// Every expression in it, in the order of the document.
    public var expressions: [ChainingExpression] {
        switch self {
        case .comparison(let comparison):
            comparison.operand.expressions + (comparison.subject?.expressions ?? [])
        case .and(let conditions), .or(let conditions): conditions.flatMap(\.expressions)
        case .not(let condition): condition.expressions
        }
    }
}

/// The `if` of a step (user guide, toe-conditional-constructs). It is evaluated once, also when the step reboots the
/// guest and runs again.
public struct StepCondition: Sendable, Hashable {
    public enum Branch: String, Sendable, Hashable, CaseIterable {
        /// The step fails, as its `onFailure` says.
        case abort = "Abort"
        /// The step runs.
        case execute = "Execute"
        /// The step does not run and counts as a success.
        case skip = "Skip"
    }

    public let condition: Condition
    /// Execute unless the document says otherwise.
    public let then: Branch
    /// Skip unless the document says otherwise.
    public let `else`: Branch
    /// Of the key `if`.
    public let position: SourcePosition
}
