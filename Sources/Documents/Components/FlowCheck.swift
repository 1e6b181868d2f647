/// Finds steps that never run, and names of loops that stand twice.
///
/// A step cannot be reached if a step before it, in its phase or in an earlier one, always runs, always fails, and
/// aborts the document. What always fails is known for an `if` that can only abort, for an Assert without values from
/// elsewhere that does not hold, and for a script whose first command is `exit` with a code that is neither 0 nor the
/// one that asks for a reboot.
struct FlowCheck {
    let document: ComponentDocument
    let diagnostics: Diagnostics

    func run() {
        var end: ComponentStep?
        for phase in document.phases {
            checkLoopNames(phase)
            for step in phase.steps {
                if let end {
                    diagnostics.warning(
                        at: step.position, "the step '\(step.name)' never runs: '\(end.name)' always ends the document",
                        hint: "see line \(end.position.line)", rule: .unreachable)
                    // One such step tells of all that follow.
                    return
                }
                if let condition = step.condition, Self.branch(condition) == .skip {
                    diagnostics.warning(
                        at: condition.position, "the step '\(step.name)' never runs: its 'if' always skips it",
                        rule: .unreachable)
                }
                if Self.alwaysAborts(step) { end = step }
            }
        }
    }

    private func checkLoopNames(_ phase: ComponentPhase) {
        var lines: [String: Int] = [:]
        for loop in phase.steps.compactMap(\.loop) {
            guard let name = loop.name, let line = lines.updateValue(loop.position.line, forKey: name) else { continue }
            diagnostics.error(
                at: loop.position, "the loop '\(name)' stands twice in the phase '\(phase.name)'",
                hint: "it is first on line \(line)", rule: .duplicateName)
        }
    }

    /// Where a condition always leads; nil if that is not known.
    private static func branch(_ condition: StepCondition) -> StepCondition.Branch? {
        if condition.then == condition.else { return condition.then }
        return condition.condition.constantValue.map { $0 ? condition.then : condition.else }
    }

    private static func alwaysAborts(_ step: ComponentStep) -> Bool {
        guard step.onFailure == .abort else { return false }
        switch step.condition.map(branch) {
        case .some(.abort): return true
        case .some(.execute), nil: return alwaysFails(step)
        default: return false
        }
    }

    private static func alwaysFails(_ step: ComponentStep) -> Bool {
        switch step.action {
        case .assert:
            return step.assertion?.constantValue == false
        case .executeBash:
            guard let first = step.inputs?["commands"]?.elements?.first?.text else { return false }
            let line = first.source.split(separator: "\n").first { !$0.trimmingBlanks.hasPrefix("#") }
            let words = line?.split(separator: " ") ?? []
            guard words.count == 2, words[0] == "exit", let code = Int(words[1]) else { return false }
            return code & 0xFF != 0 && code != 194
        default:
            return false
        }
    }
}
