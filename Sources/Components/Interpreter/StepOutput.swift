import Guests

/// Where a step's output goes as it comes: its log, whoever watches, and the console log where one is kept.
struct StepOutput: ActionLog {
    let name: StepName
    let log: StepLog
    let console: ConsoleLog?
    let observe: @Sendable (StepEvent) -> Void

    func output(_ output: GuestOutput) async {
        let shown = log.append(output)
        guard !shown.isEmpty else { return }
        console?.output(output.stream, shown)
        observe(.output(name, shown))
    }

    func note(_ line: String) async { log.note(line) }
}
