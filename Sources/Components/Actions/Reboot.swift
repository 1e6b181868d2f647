import Failures

/// Asks for a reboot, after which the next step follows.
enum Reboot: Action {
    /// A day: longer is a mistake.
    private static let longestDelay = 86_400

    static func run(_ inputs: ActionValue, in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        var delay = 0
        // It has no input that is required: none at all will do.
        if inputs != .text(""), inputs != .list([]) {
            delay = try inputs.input().integer("delaySeconds", default: 0, in: 0...longestDelay)
        }
        return ActionOutput(reboot: .nextStep(after: .seconds(delay)))
    }
}
