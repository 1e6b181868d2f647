import Documents
import Failures

/// Asks for a reboot, after which the next step follows.
enum Reboot: Action {
    /// A day: longer is a mistake.
    private static let longestDelay = 86_400

    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        let delay = inputs.only.integer("delaySeconds") ?? 0
        guard delay <= longestDelay else {
            throw inputs.only.wrong("delaySeconds", "is \(delay), expected at most \(longestDelay)")
        }
        return ActionOutput(reboot: .nextStep(after: .seconds(delay)))
    }
}
