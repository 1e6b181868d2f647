import Builds
import Failures
import Foundation
import Glibc
import HostSystem
import Store
import Synchronization

/// Notes in the home's store what a `kiln build` by hand does, as the worker of `kiln serve` does for its builds: the template's
/// resources, the image with its states, workflows and steps, and what came of it.
///
/// The build waits for none of it but at its end. A store that cannot be used is told of once, and the build goes on; only a
/// full disk ends it.
final class BuildRecording: Sendable {
    /// Set for a `kiln build` whose build is noted by who has started it.
    static let variable = "KILN_BUILD_IS_RECORDED"

    /// How the build ended.
    enum Ending: Sendable {
        case done(ExecutionResult)
        /// The result is there where the image is, and something else went wrong.
        case failed(String, ExecutionResult? = nil)
        case cancelled
    }

    /// A build that is in the store.
    private struct Begun {
        let image: ResourceARN
        var recorder: ExecutionRecorder
        let watch: Task<Void, Never>
    }

    private struct State {
        var ending: Ending?
        /// Why somebody wants the build to end, by the API.
        var cancellation: String?
        /// The store's disk.
        var full: StoreFailure?
    }

    private let home: KilnHome
    private let account: Account
    private let image: RecordedImage
    /// Ends the build in order, as ^C does.
    private let interrupt: @Sendable () -> Void
    private let say: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let events: AsyncStream<EventRecord>
    private let feed: AsyncStream<EventRecord>.Continuation
    private let work = Mutex<Task<Void, Never>?>(nil)

    /// - Parameter say: shows a line on standard error.
    init(
        home: KilnHome, account: Account, image: RecordedImage, say: @escaping @Sendable (String) -> Void,
        interrupt: @escaping @Sendable () -> Void = { kill(getpid(), SIGINT) }
    ) {
        self.home = home
        self.account = account
        self.image = image
        self.say = say
        self.interrupt = interrupt
        (events, feed) = AsyncStream.makeStream()
    }

    /// Begins; nothing is in the store before the build has a name.
    func start() {
        // In a task of its own: when the build's is cancelled, that is still to be noted.
        work.withLock { $0 = Task { await self.record() } }
    }

    /// In the order in which they happen.
    func hear(_ event: BuildEvent) {
        // Times are the store's own.
        if let record = EventRecord(event, time: Date(), elapsed: 0) { feed.yield(record) }
    }

    /// Waits until all is noted.
    ///
    /// - Returns: the store's failure where that is why the build was ended.
    func end(_ ending: Ending) async -> StoreFailure? {
        state.withLock { $0.ending = ending }
        feed.finish()
        await work.withLock { $0 }?.value
        return state.withLock { $0.full }
    }

    // MARK: The store's side

    private func record() async {
        do {
            try await KilnStore.using(home.database, account: account) { store in
                var progress = ExecutionProgress()
                var begun: Begun?
                defer { begun?.watch.cancel() }
                try await store.waitForDisk(false)
                var answers = StepAnswers(store: store)
                defer { answers.end() }
                for await event in events {
                    if begun == nil, event.event == .started, let id = event.build {
                        begun = try await begin(id, in: store)
                    }
                    for change in progress.changes(for: event) { try await begun?.recorder.apply(change) }
                    if let recorder = begun?.recorder, let build = progress.build {
                        answers.hear(event, recorder, in: BuildFolder(home: home, id: build))
                    }
                }
                begun?.watch.cancel()
                try await store.waitForDisk(true)
                if let image = begun?.image { try await end(image, progress.reason, in: store) }
            }
        } catch { failed(error) }
    }

    private func begin(_ id: String, in store: KilnStore) async throws -> Begun {
        let arn = try ResourceARN(try await image.begin(id, in: store))
        var names = StoredWorkflows()
        if let resource = try await store.resource("\(arn)") {
            names = try await StoredWorkflows(of: resource, in: store)
        }
        let recorder = ExecutionRecorder(store: store, image: arn, names: names)
        try await recorder.begin()
        let watch = Task {
            await BuildWatch(store: store, image: arn, lease: ImageExecution.lease).run { self.stop($0) }
        }
        return Begun(image: arn, recorder: recorder, watch: watch)
    }

    private func stop(_ reason: ImageExecution.Stop) {
        guard case .cancelled(let why) = reason else { return }
        let isFirst = state.withLock { state in
            defer { state.cancellation = state.cancellation ?? why }
            return state.cancellation == nil
        }
        guard isFirst else { return }
        say("kiln: the build is to end: \(why)")
        interrupt()
    }

    private func end(_ arn: ResourceARN, _ reason: String?, in store: KilnStore) async throws {
        let (ending, cancellation) = state.withLock { ($0.ending, $0.cancellation) }
        guard let ending, let resource = try await store.resource("\(arn)") else { return }
        switch ending {
        case .done(let result):
            let document = result.document(resource, account: store.account)
            _ = try await store.transition("\(arn)", to: .available, document: document, by: .current)
        case .failed(let why, let result):
            if let document = result?.document(resource, account: store.account) {
                _ = try await store.update(ResourceUpdate("\(arn)", document: document))
            }
            try await store.endBuild("\(arn)", cancelled: false, reason: reason ?? why, by: .current)
        case .cancelled:
            let why = cancellation ?? "The build was interrupted."
            try await store.endBuild("\(arn)", cancelled: true, reason: why, by: .current)
        }
    }

    private func failed(_ error: any Error) {
        let message = (error as? any ReportableError)?.message ?? "\(error)"
        if let failure = error as? StoreFailure, failure.code == .noSpace, state.withLock({ $0.ending == nil }) {
            state.withLock { $0.full = failure }
            say("kiln: \(message): the build cannot go on")
            return interrupt()
        }
        say("kiln: nothing (more) of this build is in the store that kiln serve answers from: \(message)")
    }
}
