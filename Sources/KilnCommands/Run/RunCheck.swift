import Builds
import Documents

/// What only a run can check of its documents.
struct RunCheck {
    let input: RunInput
    let documents: [RunPlan.Document]

    var problems: [Diagnostic] { blocked + phases }

    private var blocked: [Diagnostic] {
        let steps = documents.flatMap { $0.document.phases.flatMap(\.steps) }
        return steps.filter { input.blocked.contains($0.action.rawValue) }.map {
            Diagnostic(
                .error, at: $0.position, "the action \($0.action.rawValue) of the step '\($0.name)' is blocked",
                hint: "--blocked-action-modules names it")
        }
    }

    /// The runner calls a run well in which no step has run: a slip in a phase's name is worth a word.
    private var phases: [Diagnostic] {
        let names = documents.flatMap { $0.document.phases.map(\.name) }
        return (input.phases ?? []).filter { !names.contains($0) }.map {
            Diagnostic(
                .warning, at: .start(of: documents.first?.location ?? "--phases"), "no document has a phase '\($0)'",
                hint: "there is \(Set(names).sorted().joined(separator: ", "))")
        }
    }
}
