import AWSClient
import Builds
import Failures
import Foundation
import HostSystem
import Store
import Synchronization
import SystemPackage

/// Builds one image that was asked for: holds its claim, runs `kiln build`, and writes what happens into the store.
final class ImageExecution: Sendable {
    let store: KilnStore
    let home: KilnHome
    let image: ResourceARN
    /// Further words of `kiln build`.
    let words: [String]
    let deliversLogs: Bool

    /// Nobody takes a build over that was renewed within this time; a process that is gone is told by itself, much sooner.
    static let lease = Duration.seconds(180)
    /// For the guests and drafts of `kiln build` to go, after it was told to end.
    static let grace = Duration.seconds(120)

    enum Stop: Equatable {
        case cancelled(String)
        /// Somebody has ended this process.
        case interrupted
        /// It is another's build.
        case lost
    }

    struct State {
        var stop: Stop?
        /// Ends `kiln build`, or what there is in its place.
        var child: Task<Int32, any Error>?
        /// The last lines of its standard error.
        var said: [String] = []
    }

    let state = Mutex(State())

    init(store: KilnStore, home: KilnHome, image: ResourceARN, words: [String], deliversLogs: Bool = false) {
        self.store = store
        self.home = home
        self.image = image
        self.words = words
        self.deliversLogs = deliversLogs
    }

    /// - Parameter previous: who has taken the build from the queue.
    func run(from previous: ProcessIdentity?) async throws {
        do throws(StoreFailure) {
            _ = try await store.claim("\(image)", by: .current, from: previous, lease: Self.lease)
        } catch {
            switch error.code {
            // It was cancelled meanwhile, or another was quicker.
            case .claimLost, .invalidState: return Terminal.complain("kiln: \(error.message)")
            default: throw error
            }
        }
        let folder = ExecutionFolder(home: home, image: image)
        defer { try? Folders.remove(folder.documents) }
        let outcome: Result<Void, any Error>
        do { outcome = .success(try await work(folder)) } catch { outcome = .failure(error) }
        guard state.withLock({ $0.stop }) != .lost else { return }
        guard case .failure(let error) = outcome else { return }
        try await fail((error as? any ReportableError)?.message ?? "\(error)")
    }

    /// Ends the build in order.
    func interrupt() { stop(.interrupted) }

    func stop(_ reason: Stop) {
        let child = state.withLock { state in
            // The first is why.
            state.stop = state.stop ?? reason
            return state.child
        }
        child?.cancel()
    }

    // MARK: The build

    private func work(_ folder: ExecutionFolder) async throws {
        guard let resource = try await store.resource("\(image)") else { return }
        if let distribution = ImageDistribution(of: resource) {
            try await distribute(resource, distribution, folder)
        } else {
            try await build(resource, folder)
        }
    }

    private func build(_ resource: StoredResource, _ folder: ExecutionFolder) async throws {
        let files = try await ExecutionDocuments(
            store: store, home: home, image: resource, folder: folder.documents
        ).write()
        let (lines, child) = startKiln(
            ["build"] + files + ["--json", "--no-export", "--region", image.region, "--account", image.account] + words,
            environment: [
                BuildRecording.variable: "1", BuildSecrets.variable: BuildSecrets.file(in: folder.documents).string,
            ])
        let watch = Task { await self.watch() }
        defer { watch.cancel() }
        var progress = ExecutionProgress()
        var result: ExecutionResult?
        var logs: FilePath?
        var answers = StepAnswers(store: store)
        defer { answers.end() }
        do {
            let names = try await StoredWorkflows(of: resource, in: store)
            var recorder = ExecutionRecorder(store: store, image: image, names: names)
            try await recorder.begin()
            for await line in lines {
                result = result ?? ExecutionResult(line: line)
                guard let event = EventRecord(line: line) else { continue }
                if let id = event.build { logs = BuildFolder(home: home, id: id).logs }
                for change in progress.changes(for: event) { try await recorder.apply(change) }
                if let build = progress.build { answers.hear(event, recorder, in: BuildFolder(home: home, id: build)) }
            }
        } catch {
            // What cannot be noted is not built unseen.
            child.cancel()
            _ = await child.result
            throw error
        }
        let ended = await child.result
        // The claim is renewed meanwhile.
        if let logs, state.withLock({ $0.stop }) == nil { await deliver(logs, resource) }
        watch.cancel()
        try await end(ended, result, progress.reason ?? Self.reason(state.withLock { $0.said }), resource)
    }

    /// Keeps the claim, and hears of cancellations, until its task is cancelled.
    func watch() async {
        await BuildWatch(store: store, image: image, lease: Self.lease).run { self.stop($0) }
    }

    /// Sends the build's logs where somebody wants them; nothing of the image depends on it.
    private func deliver(_ logs: FilePath, _ resource: StoredResource) async {
        guard deliversLogs else { return }
        do {
            let settings = try AWSSettings(environment: ProcessInfo.processInfo.environment)
            guard let place = try await BuildLogUpload.send(logs, of: resource, settings: settings) else { return }
            Terminal.complain("the logs are at \(place)")
        } catch {
            Terminal.complain(
                "kiln: the logs could not be sent: \((error as? any ReportableError)?.message ?? "\(error)")")
        }
    }

    private func end(
        _ ended: Result<Int32, any Error>, _ result: ExecutionResult?, _ reason: String?, _ resource: StoredResource
    ) async throws {
        let document = result?.document(resource, account: store.account)
        if case .success(0) = ended, let document {
            _ = try await store.transition("\(image)", to: .available, document: document, by: .current)
            return Terminal.complain("\(image): AVAILABLE")
        }
        if let document { _ = try await store.update(ResourceUpdate("\(image)", document: document)) }
        let status = (try? ended.get()).map { "kiln build ended with status \($0)" }
        try await fail(reason ?? status ?? "kiln build could not be run")
    }

    private func fail(_ reason: String) async throws {
        switch state.withLock({ $0.stop }) {
        case .lost: return
        case .cancelled(let why):
            try await store.endBuild("\(image)", cancelled: true, reason: why, by: .current)
            Terminal.complain("\(image): CANCELLED: \(why)")
        case .interrupted:
            let why = "The process that built the image was ended."
            try await store.endBuild("\(image)", cancelled: false, reason: why, by: .current)
            Terminal.complain("\(image): FAILED: \(why)")
        case nil:
            try await store.endBuild("\(image)", cancelled: false, reason: reason, by: .current)
            Terminal.complain("\(image): FAILED: \(reason)")
        }
    }
}
