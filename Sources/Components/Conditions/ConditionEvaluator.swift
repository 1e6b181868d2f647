import Documents
import Failures

/// Says whether a condition holds (user guide, toe-comparison-operators and toe-logical-operators).
struct ConditionEvaluator {
    /// The text with its values put in.
    let value: (Interpolation) throws(ActionFailure) -> String
    /// What the guest answers.
    let probe: (GuestProbe) async throws(ActionFailure) -> Bool

    /// - Throws: `ActionFailure`: an expression without a value, a pattern that is none, and what the guest may.
    func holds(_ condition: Condition) async throws(ActionFailure) -> Bool {
        switch condition {
        case .and(let conditions):
            for condition in conditions where try await !holds(condition) { return false }
            return true
        case .or(let conditions):
            for condition in conditions where try await holds(condition) { return true }
            return false
        case .not(let condition):
            return try await !holds(condition)
        case .comparison(let comparison):
            let operand = try value(comparison.operand)
            let subject = try comparison.subject.map { (text) throws(ActionFailure) in try value(text) } ?? operand
            return try await compare(comparison.operator, subject, operand)
        }
    }

    private func compare(
        _ comparison: ComparisonOperator, _ subject: String, _ operand: String
    ) async throws(ActionFailure) -> Bool {
        switch comparison {
        case .patternMatches: try await TextPattern(operand).matches(subject)
        case .binaryExists: try await probe(.binary(operand))
        case .fileExists: try await probe(.file(operand))
        case .folderExists: try await probe(.folder(operand))
        case .fileMD5Equals: try await probe(.digest(.md5, path: subject, operand))
        case .fileSHA1Equals: try await probe(.digest(.sha1, path: subject, operand))
        case .fileSHA256Equals: try await probe(.digest(.sha256, path: subject, operand))
        case .fileSHA512Equals: try await probe(.digest(.sha512, path: subject, operand))
        default: comparison.holds(operand: operand, subject: subject) ?? false
        }
    }
}
