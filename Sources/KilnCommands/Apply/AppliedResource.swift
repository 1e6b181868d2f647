import Documents

/// What became of a resource of a template, as `--json` prints it.
struct AppliedResource: Sendable, Encodable, Equatable {
    enum Outcome: String, Sendable, Encodable {
        case created, updated, unchanged
    }

    let outcome: Outcome
    let logicalID: String
    let type: String
    let arn: String

    var line: String {
        outcome.rawValue.padding(to: 9) + "  \(arn)  (\(logicalID))"
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
