import ArgumentParser
import Builds
import Failures
import Foundation
import HostSystem
import Store
import SystemPackage

/// Answers a step of action WaitForAction.
struct ActionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "action", abstract: "Answers a build whose workflow waits for somebody (WaitForAction).",
        discussion: """
            Examples:
              kiln action resume                              the newest build that waits
              kiln action b-1764000000-1a2b3c4d resume        that one
              kiln action arn:aws:imagebuilder:…:image/web/1.0.0/1 stop --reason "not today"
            """)

    @Argument(
        help:
            "A build's id, the beginning of one, or an image's ARN (default: the newest that waits); then: resume or stop."
    )
    var words: [String]

    @Option(help: "Why; later steps of the workflow can read it.")
    var reason: String?

    private var action: StepWait.Action? { words.last.flatMap { StepWait.Action(rawValue: $0.uppercased()) } }

    func validate() throws {
        guard (1...2).contains(words.count), action != nil else {
            throw ValidationError("give resume or stop, perhaps a build before it")
        }
        if let reason, !(1...1024).contains(reason.count) {
            throw ValidationError("--reason takes 1 to 1024 characters")
        }
    }

    func run() async throws {
        guard let action else { return }
        let home = KilnHome(environment: ProcessInfo.processInfo.environment)
        let name = words.count == 2 ? words[0] : nil
        if let name, name.hasPrefix("arn:") { return try await answer(image: name, action, home) }
        let waiting = BuildFolder.all(home: home).filter { !$0.state.isFinal && $0.id.hasPrefix(name ?? "") }
            .map { BuildFolder(home: home, id: $0.id) }.filter {
                FileLock.isHeld($0.lock) && StepWait($0).pending != nil
            }
        guard let folder = waiting.first, waiting.count == 1 || name == nil else {
            let which = name.map { " whose id begins with \($0)" } ?? ""
            throw BuildFailure(
                .invalid,
                waiting.isEmpty ? "no build\(which) waits for an answer" : "\(waiting.count) builds\(which) wait",
                hint: waiting.isEmpty ? "kiln logs" : "give the whole id")
        }
        let step = StepWait(folder).pending?.step ?? ""
        try StepWait(folder).answer(StepWait.Answer(action, reason: reason))
        Terminal.say("\(step) of \(folder.path.lastComponent?.string ?? ""): \(action.rawValue)")
    }

    /// By the store, as the API does: whoever builds the image looks there.
    private func answer(image: String, _ action: StepWait.Action, _ home: KilnHome) async throws {
        let arn = try ResourceARN(image)
        let account = Account(partition: arn.partition, region: arn.region, account: arn.account)
        try await KilnStore.using(home.database, account: account) { (store) async throws -> Void in
            var token: String?
            repeat {
                let page = try await store.waitingSteps(limit: 25, token: token)
                if let found = page.items.first(where: { $0.step.image == image }) {
                    let answer: StepAction = action == .resume ? .resume : .stop
                    try await store.answer(step: found.step.id, of: image, answer, reason: reason)
                    return Terminal.say("\(found.step.name) of \(image): \(action.rawValue)")
                }
                token = page.nextToken
            } while token != nil
            throw BuildFailure(.invalid, "no step of \(image) waits for an answer")
        }
    }
}
