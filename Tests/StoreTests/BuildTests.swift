import Foundation
import Glibc
import HostSystem
import Testing

@testable import Store

@Suite struct BuildTests {
    private let me = ProcessIdentity.current
    private let lease = Duration.seconds(60)

    /// A process that was here and is gone.
    private func gone() throws -> ProcessIdentity {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sleep")
        process.arguments = ["60"]
        try process.run()
        let identity = try #require(ProcessIdentity(of: process.processIdentifier))
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        return identity
    }

    @Test("Every pair of states is allowed or refused as the table says")
    func table() async throws {
        let allowed: [ImageState: String] = [
            .pending: "CREATING DISTRIBUTING CANCELLED FAILED", .creating: "BUILDING AVAILABLE CANCELLED FAILED",
            .building: "TESTING DISTRIBUTING INTEGRATING AVAILABLE CANCELLED FAILED",
            .testing: "DISTRIBUTING INTEGRATING AVAILABLE CANCELLED FAILED",
            .distributing: "INTEGRATING AVAILABLE CANCELLED FAILED", .integrating: "AVAILABLE CANCELLED FAILED",
            .available: "DEPRECATED DISABLED DELETED", .deprecated: "AVAILABLE DISABLED DELETED",
            .disabled: "AVAILABLE DEPRECATED DELETED", .cancelled: "DELETED", .failed: "DELETED", .deleted: "",
        ]
        try await withStore { store, _ in
            for state in ImageState.allCases {
                let words = try #require(allowed[state])
                for next in ImageState.allCases {
                    let image = try await store.create(.image("base", state: state.rawValue)).arn
                    if words.split(separator: " ").contains(Substring(next.rawValue)) {
                        #expect(try await store.transition(image, to: next, reason: "why").state == next)
                        let after = try await store.resource(image)
                        #expect(after?.state == next.rawValue && after?.stateReason == "why")
                    } else {
                        await expect(.invalidState(state.rawValue)) { try await store.transition(image, to: next) }
                        #expect(try await store.resource(image)?.state == state.rawValue)
                    }
                }
            }
        }
    }

    @Test("A build goes from the queue through its states, and its dates and events tell of it")
    func whole() async throws {
        try await withStore { store, clock in
            let queued = try await store.enqueue(
                NewImageBuild(image: .image("base"), request: json(["recipe": "r"])))
            #expect(queued.image == arn("image/base/1.0.0/1") && queued.state == .pending && queued.claim == nil)
            #expect(queued.queuedAt == clock.now && queued.startedAt == nil && queued.attempt == 1)
            clock.advance(by: 10)
            let claimed = try #require(try await store.claimNext(by: me, limit: 1, lease: lease))
            #expect(
                claimed.image == queued.image && claimed.state == .pending && claimed.request == json(["recipe": "r"]))
            #expect(claimed.claim == BuildClaim(process: me.description, leaseEnds: clock.now + lease))
            for state in [ImageState.creating, .building, .testing, .distributing] {
                _ = try await store.transition(queued.image, to: state, by: me)
            }
            let started = clock.now
            clock.advance(by: 10)
            let document = json(["name": "base", "outputResources": ["amis": []]])
            let done = try await store.transition(queued.image, to: .available, document: document, by: me)
            #expect(done.startedAt == started && done.endedAt == clock.now && done.claim == nil)
            #expect(try await store.resource(queued.image)?.document == document)
            let events = try await store.events(after: 0, subject: queued.image).filter { $0.kind == .imageState }
            let states = try events.map { try JSONDecoder().decode([String: String].self, from: $0.detail)["state"] }
            #expect(states == ["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "AVAILABLE"])
            #expect(try await store.claimNext(by: me, limit: 1, lease: lease) == nil)
        }
    }

    @Test("The queue is served in its order, to no more than the limit at a time")
    func queue() async throws {
        try await withStore { store, _ in
            var images: [String] = []
            for _ in 0..<3 { images.append(try await store.enqueue(NewImageBuild(image: .image("base"))).image) }
            #expect(try await store.builds(in: [.pending]).map(\.image) == images)
            #expect(try await store.claimNext(by: me, limit: 2, lease: lease)?.image == images[0])
            #expect(try await store.claimNext(by: me, limit: 2, lease: lease)?.image == images[1])
            #expect(try await store.claimNext(by: me, limit: 2, lease: lease) == nil)
            #expect(try await store.claimedBuilds().map(\.image) == [images[0], images[1]])
            #expect(try await store.isBuildWaiting())
            _ = try await store.transition(images[0], to: .failed, reason: "no room", by: me)
            #expect(try await store.claimNext(by: me, limit: 2, lease: lease)?.image == images[2])
            #expect(try await store.claimedBuilds().map(\.image) == [images[1], images[2]])
            #expect(try await !store.isBuildWaiting())
            #expect(try await store.builds(in: [.failed, .pending]).map(\.image) == images)
            // An import waits for EC2, in no queue.
            _ = try await store.create(.image("imported", state: ImageState.pending.rawValue))
            #expect(try await !store.isBuildWaiting())
        }
    }

    @Test("Of many that claim at once, each build has one owner")
    func race() async throws {
        try await withStore { store, _ in
            for _ in 0..<10 { _ = try await store.enqueue(NewImageBuild(image: .image("base"))) }
            let (me, lease) = (me, lease)
            let claimed = try await withThrowingTaskGroup(of: String?.self) { group in
                for _ in 0..<30 { group.addTask { try await store.claimNext(by: me, limit: 8, lease: lease)?.image } }
                return try await group.reduce(into: [String]()) { if let image = $1 { $0.append(image) } }
            }
            #expect(claimed.count == 8 && Set(claimed).count == 8)
        }
    }

    @Test("A claim is its process's until that is gone or late, and then another's")
    func claims() async throws {
        try await withStore { store, clock in
            let image = try await store.enqueue(NewImageBuild(image: .image("base"))).image
            let other = try #require(ProcessIdentity(of: getppid()))
            _ = try await store.claim(image, by: me, lease: lease)
            await expect(.claimLost) { try await store.claim(image, by: other, lease: lease) }
            await expect(.claimLost) { try await store.renew(image, by: other, lease: lease) }
            await expect(.claimLost) { try await store.transition(image, to: .creating, by: other) }
            await expect(.claimLost) { try await store.transition(image, to: .creating) }
            await expect(.claimLost) { try await store.requeue(image, reason: "lost") }
            // The server hands it to the process it has started.
            _ = try await store.claim(image, by: other, from: me, lease: lease)
            await expect(.claimLost) { try await store.renew(image, by: me, lease: lease) }
            clock.advance(by: 50)
            _ = try await store.renew(image, by: other, lease: lease)
            clock.advance(by: 50)
            #expect(try await store.abandonedBuilds().isEmpty)
            clock.advance(by: 10)
            #expect(try await store.abandonedBuilds().map(\.image) == [image])
            #expect(try await store.claim(image, by: me, lease: lease).claim?.process == me.description)
        }
    }

    @Test("A build whose process has ended is found, counts for no limit, and is queued again or failed")
    func abandoned() async throws {
        try await withStore { store, _ in
            let (first, second) = (
                try await store.enqueue(NewImageBuild(image: .image("base"))).image,
                try await store.enqueue(NewImageBuild(image: .image("base"))).image
            )
            let gone = try gone()
            for image in [first, second] {
                _ = try await store.claim(image, by: gone, lease: lease)
                _ = try await store.transition(image, to: .creating, by: gone)
            }
            #expect(try await store.abandonedBuilds().map(\.image) == [first, second])
            let queued = try await store.requeue(first, reason: "its process ended")
            #expect(queued.state == .pending && queued.attempt == 2 && queued.claim == nil && queued.startedAt == nil)
            #expect(try await store.transition(second, to: .failed, reason: "lost").endedAt != nil)
            #expect(try await store.claimNext(by: me, limit: 1, lease: lease)?.image == first)
            #expect(try await store.abandonedBuilds().isEmpty)
            await expect(.invalidState("FAILED")) { try await store.requeue(second, reason: "again") }
        }
    }

    @Test("A build that waits is cancelled at once, one at work is asked to end")
    func cancel() async throws {
        try await withStore { store, _ in
            let waiting = try await store.enqueue(NewImageBuild(image: .image("base"))).image
            let cancelled = try await store.requestCancel(waiting, reason: "by hand")
            #expect(cancelled.state == .cancelled && cancelled.stateReason == "by hand" && cancelled.endedAt != nil)
            await expect(.invalidState("CANCELLED")) { try await store.requestCancel(waiting) }

            let working = try await store.enqueue(NewImageBuild(image: .image("base"))).image
            _ = try await store.claimNext(by: me, limit: 1, lease: lease)
            _ = try await store.transition(working, to: .creating, by: me)
            await expect(.invalidState("CREATING")) { try await store.delete(working) }
            let asked = try await store.requestCancel(working, reason: "by hand")
            #expect(asked.state == .creating && asked.isCancelRequested && asked.cancelReason == "by hand")
            _ = try await store.requestCancel(working, reason: "again")
            #expect(try await store.renew(working, by: me, lease: lease).cancelReason == "by hand")
            _ = try await store.transition(working, to: .cancelled, reason: asked.cancelReason, by: me)
            let events = try await store.events(after: 0, subject: working).filter { $0.kind == .cancelRequested }
            #expect(events.count == 1)
            try await store.delete(working)
            #expect(try await store.build(working) == nil)
        }
    }

    @Test("An abandoned build that was to end is cancelled, not queued again")
    func cancelAbandoned() async throws {
        try await withStore { store, clock in
            let image = try await store.enqueue(NewImageBuild(image: .image("base"))).image
            _ = try await store.claimNext(by: me, limit: 1, lease: lease)
            _ = try await store.requestCancel(image, reason: "by hand")
            clock.advance(by: 61)
            let ended = try await store.requeue(image, reason: "its process ended")
            #expect(ended.state == .cancelled && ended.stateReason == "by hand")
        }
    }

    @Test("What failed or was cancelled is built again as the same image, nothing else is")
    func retry() async throws {
        try await withStore { store, _ in
            let image = try await store.enqueue(NewImageBuild(image: .image("base"))).image
            await expect(.invalidState("PENDING")) { try await store.retry(image) }
            _ = try await store.claimNext(by: me, limit: 1, lease: lease)
            _ = try await store.transition(image, to: .failed, by: me)
            let token = ClientToken(operation: "RetryImage", token: "t", requestDigest: "d")
            let again = try await store.retry(image, token: token)
            #expect(again.state == .pending && again.attempt == 2 && again.endedAt == nil && again.stateReason == nil)
            #expect(try await store.retry(image, token: token) == again)
            #expect(try await store.claimNext(by: me, limit: 1, lease: lease)?.image == image)
            // It goes on where it failed.
            #expect(try await store.transition(image, to: .distributing, by: me).state == .distributing)
            let imported = try await store.create(.image("imported", state: "FAILED")).arn
            await expect(.invalidState("FAILED")) { try await store.retry(imported) }
            await expect(.notFound) { try await store.retry(arn("image/none/1.0.0/1")) }
        }
    }

    @Test(
        "A build by hand is its process's as long as that lives, and no queue's; built again by the API it is the queue's"
    )
    func byHand() async throws {
        try await withStore { store, clock in
            let image = try await store.beginByHand(NewImageBuild(image: .image("base")), by: me, lease: lease).image
            #expect(try await store.build(image)?.isByHand == true)
            let other = try #require(ProcessIdentity(of: getppid()))
            #expect(try await store.claimNext(by: other, limit: 1, lease: lease) == nil)
            await expect(.claimLost) { try await store.claim(image, by: other, lease: lease) }
            // It has no part in the limit.
            let queued = try await store.enqueue(NewImageBuild(image: .image("other"))).image
            #expect(try await store.claimNext(by: other, limit: 1, lease: lease)?.image == queued)
            // A process that is stopped, or a machine that sleeps, loses nothing.
            clock.advance(by: 30 * 86_400)
            #expect(try await store.abandonedBuilds().map(\.image) == [queued])
            #expect(try await store.transition(image, to: .creating, by: me).state == .creating)
            #expect(try await store.requestCancel(image, reason: "enough").isCancelRequested)
            _ = try await store.transition(image, to: .cancelled, by: me)

            #expect(try await store.retryByHand(image, by: me, lease: lease).claim?.process == me.description)
            _ = try await store.transition(image, to: .failed, by: me)
            let again = try await store.retry(image)
            #expect(!again.isByHand && again.claim == nil && again.attempt == 3)
            let lost = try await store.beginByHand(NewImageBuild(image: .image("lost")), by: gone(), lease: lease).image
            #expect(try await store.abandonedBuilds().map(\.image).contains(lost))
        }
    }
}
