public import Components
import Documents
public import Failures
public import Guests
import HostSystem
import Synchronization
import SystemPackage

/// Runs the documents of a plan on a guest, one after the other until one fails, with the component runner's logs.
public struct RunExecution: Sendable {
    let plan: RunPlan
    let logs: LogFolder
    let origins: (any FileOrigins)?
    let observe: @Sendable (BuildEvent) -> Void

    /// Where documents run, as in a recipe that says nothing else.
    private static let workingDirectory = "/tmp"

    public init(
        plan: RunPlan, logs: LogFolder, origins: (any FileOrigins)?,
        observe: @escaping @Sendable (BuildEvent) -> Void
    ) {
        self.plan = plan
        self.logs = logs
        self.origins = origins
        self.observe = observe
    }

    /// How the documents ended; `failure` is what ended them early, besides a step that failed.
    public struct Outcome: Sendable {
        public var results: [DocumentResult] = []
        public var failure: BuildFailure?
        /// There was a guest: what failed then is the documents' affair.
        public var hadGuest = false
    }

    /// - Parameter start: gives the guest, as far as it can: where it fails, the logs say why.
    public func run(_ start: () async throws -> RunningGuest) async -> Outcome {
        var outcome = Outcome()
        let last = Mutex<DocumentResult?>(nil)
        do {
            for (index, document) in plan.documents.enumerated() {
                try logs.keep(document.document, number: index + 1)
            }
            let begin = ContinuousClock.now
            let guest = try await start()
            outcome.hadGuest = true
            logs.application.write("Info", "\(guest.name) is there after \((ContinuousClock.now - begin).inSeconds)")
            let runner = DocumentRunner(environment(guest) { position in last.withLock { $0 = position.result } })
            for (index, document) in plan.documents.enumerated() {
                try Task.checkCancellation()
                last.withLock { $0 = nil }
                logs.begin(document.document, at: document.location)
                var result = try await runner.run(
                    document.document, named: document.name, number: index + 1,
                    location: document.isElsewhere ? document.location : nil, phases: plan.phases,
                    parameters: document.parameters)
                result.filePath = document.location
                outcome.results.append(result)
                if result.status == .failed { break }
            }
        } catch {
            // The steps that have ended before.
            if var result = last.withLock({ $0 }) {
                result.status = .failed
                if outcome.results.count < plan.documents.count {
                    result.filePath = plan.documents[outcome.results.count].location
                }
                outcome.results.append(result)
            }
            outcome.failure = BuildFailure(error)
        }
        return outcome
    }

    private func environment(
        _ guest: RunningGuest, _ save: @escaping @Sendable (RunPosition) -> Void
    ) -> RunEnvironment {
        let (logs, observe, components) = (logs, observe, plan.components)
        return RunEnvironment(
            guest: guest, workingDirectory: Self.workingDirectory, logs: logs.steps, secrets: plan.secrets,
            stored: plan.settings.storedParameters.mapValues(\.value), origins: origins,
            component: { arn in
                try components.text(
                    of: arn,
                    missing: BuildFailure(
                        .invalid, "there is no component \(arn) here", hint: "give its template with --template"))
            }, console: logs.console,
            save: { save($0) }
        ) { event in
            logs.note(event)
            observe(.step(event))
        }
    }
}
