import Documents
import Foundation

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
        outcome.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0) + "  \(arn)  (\(logicalID))"
    }
}
