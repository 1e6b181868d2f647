import Failures
import Foundation
import Glibc
import HostSystem
import Store

/// Takes builds from the queue, each into a process of its own, and looks after those whose process is gone.
final class BuildQueue {
    private let store: KilnStore
    private let home: KilnHome
    /// Builds at the same time; 0: they wait.
    private let limit: Int
    /// Further words of the processes.
    private let words: [String]
    /// Those that this process has started.
    private var workers: [pid_t: String] = [:]
    /// Since when builds are to end that have not.
    private var ending: [String: ContinuousClock.Instant] = [:]
    private var lastProblem = ""

    private static let look = Duration.milliseconds(500)
    /// A build that ends by itself has ended by then.
    private static let patience = ImageExecution.grace + .seconds(60)
    /// So often a build may be lost before it has begun.
    private static let attempts = 3

    init(store: KilnStore, home: KilnHome, limit: Int, words: [String]) {
        self.store = store
        self.home = home
        self.limit = limit
        self.words = words
    }

    /// What the guests' options and the server's mean to `kiln build`.
    static func words(_ guests: HostOptions, distribute: Bool) -> [String] {
        var words = distribute ? ["--distribute"] : []
        if let uri = guests.connect { words += ["--connect", uri] }
        if let cpus = guests.guestCpus { words += ["--guest-cpus", "\(cpus)"] }
        if let memory = guests.guestMemory { words += ["--guest-memory", "\(memory)"] }
        return words
    }

    /// Until the task is cancelled. Builds that run then go on.
    func run() async {
        while !Task.isCancelled {
            do {
                try await reap()
                let claimed = try await store.claimedBuilds()
                endStubborn(claimed)
                for build in claimed where build.isAbandoned(at: Date()) { try await takeBack(build) }
                // A queue that is empty is only read: nobody waits for its writes then.
                while limit > 0, try await store.isBuildWaiting(),
                    let build = try await store.claimNext(by: .current, limit: limit, lease: ImageExecution.lease)
                { try await start(build) }
                lastProblem = ""
            } catch {
                let problem = (error as? any ReportableError)?.message ?? "\(error)"
                // Twice a second the same is no news.
                if !Task.isCancelled, problem != lastProblem { Terminal.complain("kiln: the queue: \(problem)") }
                lastProblem = problem
            }
            try? await Task.sleep(for: Self.look)
        }
    }

    /// How many builds have a process.
    static func running(_ store: KilnStore) async -> Int {
        let builds = (try? await store.claimedBuilds()) ?? []
        return builds.count { !$0.isByHand && !$0.isAbandoned(at: Date()) }
    }

    private func start(_ build: ImageBuild) async throws {
        do {
            let arn = try ResourceARN(build.image)
            let folder = ExecutionFolder(home: home, image: arn)
            try folder.create()
            let process = try WorkerProcess.start(
                ["build-image", build.image, "--from", "\(ProcessIdentity.current)"] + words, log: folder.log)
            workers[process] = build.image
            Terminal.complain("building \(build.image), log in \(folder.log)")
        } catch {
            let reason = (error as? any ReportableError)?.message ?? "\(error)"
            try await store.endBuild(build.image, cancelled: false, reason: reason, by: .current)
        }
    }

    /// Buries the processes that have ended. One that has not even taken its claim over is told by nobody else.
    private func reap() async throws {
        for (process, image) in workers {
            guard let status = WorkerProcess.end(of: process) else { continue }
            workers[process] = nil
            guard let build = try await store.build(image), build.state.isUnderway,
                build.claim?.process == "\(ProcessIdentity.current)"
            else { continue }
            let reason = "The process for the build ended with status \(status) before it began."
            try await store.endBuild(image, cancelled: build.isCancelRequested, reason: reason, by: .current)
        }
    }

    /// A build that does not end when it is cancelled ends by force; what it leaves, the next kiln sweeps.
    private func endStubborn(_ claimed: [ImageBuild]) {
        // One by hand ends as ^C ends it, with whoever is there to say it again.
        let builds = claimed.filter { $0.isCancelRequested && !$0.isByHand }
        ending = ending.filter { image, _ in builds.contains { $0.image == image } }
        for build in builds {
            let since = ending[build.image] ?? .now
            ending[build.image] = since
            guard ContinuousClock.now - since > Self.patience, let claim = build.claim else { continue }
            ProcessIdentity(claim.process)?.signal(SIGKILL)
        }
    }

    /// Back into the queue where it had not begun, else it is over.
    private func takeBack(_ build: ImageBuild) async throws {
        // One that has stopped renewing and still is there must not go on beside another.
        if let claim = build.claim { ProcessIdentity(claim.process)?.signal(SIGKILL) }
        if let arn = try? ResourceARN(build.image) {
            try? Folders.remove(ExecutionFolder(home: home, image: arn).documents)
        }
        if build.state == .pending, !build.isByHand, build.attempt < Self.attempts || build.isCancelRequested {
            _ = try await store.requeue(build.image, reason: "The process that was to build the image is gone.")
        } else {
            try await store.endAbandoned(build)
        }
        Terminal.complain("kiln: the process of \(build.image) is gone")
    }
}
