import Builds
import Documents
import Failures
import Guests
import HostSystem
import SystemPackage

/// Runs documents again whenever one of their files changes, each time on the guest as it was after its boot.
///
/// The guest is kept once it has booted. When a run has ended, the next guest is restored at once and waits, so that a change
/// finds it ready. A change in the middle of a run ends that run: its documents are no longer what the user means.
struct RunWatch: Sendable {
    let loader: RunLoader
    let session: RunSession
    let view: BuildView

    private enum Event: Sendable {
        case ended(Result<RunSession.Ended, any Error>)
        case changed(RunPlan)
    }

    /// - Throws: `CancellationError` at ^C, and what ends a run besides its documents on the way to the first guest.
    func run(_ first: RunPlan) async throws {
        let files = loader.files(session.input)
        guard !files.isEmpty else {
            throw BuildFailure(.invalid, "there is no file of this machine among the documents to watch")
        }
        let watch = FileWatch(files)
        var (plan, number) = (first, 0)
        while true {
            number += 1
            plan = try await round(plan, number, watch)
        }
    }

    /// One run, and what comes after it until the documents have changed.
    private func round(_ plan: RunPlan, _ number: Int, _ watch: FileWatch) async throws -> RunPlan {
        try await withThrowingTaskGroup(of: Event.self) { group in
            group.addTask {
                do {
                    return .ended(.success(try await session.run(plan, number: number) { try await guest(number) }))
                } catch {
                    return .ended(.failure(error))
                }
            }
            group.addTask { .changed(try await self.change(after: plan, watch)) }
            defer { group.cancelAll() }
            var next: RunPlan?
            var isOver = false
            while let event = try await group.next() {
                switch event {
                case .changed(let changed):
                    next = changed
                    if !isOver {
                        view.note("changed: this run ends here")
                        await session.guest.endGuest()
                    }
                case .ended(let ended):
                    isOver = true
                    guard next == nil else { break }
                    try check(ended)
                    await session.guest.prepareNext()
                    view.note("watching \(loader.files(session.input).map(\.string).joined(separator: ", "))")
                }
                if isOver, let next { return next }
            }
            throw CancellationError()
        }
    }

    private func guest(_ number: Int) async throws -> RunningGuest {
        try await number > 1 ? session.guest.restored() : session.guest.startForMore()
    }

    /// What a run's documents do is told and no reason to stop; without a guest there is nothing to watch for.
    private func check(_ ended: Result<RunSession.Ended, any Error>) throws {
        let ended = try ended.get()
        guard let failure = ended.outcome.failure else { return }
        guard ended.outcome.hadGuest, failure.code != .interrupted, failure.code != .unavailable else { throw failure }
        view.complain("kiln: \(failure.message)")
    }

    /// Waits for documents that are valid and not those that have just been run; diagnostics of others are told.
    private func change(after plan: RunPlan, _ watch: FileWatch) async throws -> RunPlan {
        while true {
            try await watch.change()
            do {
                let (next, _, warnings) = try await loader.load()
                if next == plan { continue }
                for warning in warnings { view.complain(warning.description) }
                return next
            } catch let failure as DocumentFailure {
                view.complain(failure.message)
                view.complain("kiln: \(failure.summary); still watching")
            }
        }
    }
}
