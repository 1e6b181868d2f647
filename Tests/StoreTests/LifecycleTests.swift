import Foundation
import Testing

@testable import Store

@Suite struct LifecycleTests {
    private func policy(_ store: KilnStore, _ name: String = "old images") async throws -> String {
        try await store.create(
            NewResource(.lifecyclePolicy, name: name, document: json(["name": name]), state: "ENABLED")
        ).arn
    }

    @Test("An execution goes its way, and one of a resource runs at a time")
    func execution() async throws {
        try await withStore { store, clock in
            let policy = try await policy(store)
            let begun = try await store.beginLifecycle(of: policy, request: json(["a": 1]))
            #expect(begun.id.wholeMatch(of: /lce-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil)
            #expect(begun.status == .pending && begun.request == json(["a": 1]) && !begun.hasImpact)
            await expect(.invalidState("PENDING")) { try await store.beginLifecycle(of: policy, request: json([:])) }
            #expect(try await store.dueLifecycles() == [begun])
            _ = try await store.transition(lifecycleExecution: begun.id, to: .inProgress)
            #expect(try await store.dueLifecycles().isEmpty)
            let images = ["image/a/1.0.0/1", "image/b/1.0.0/1"].map {
                LifecycleResource(id: arn($0), document: json([:]))
            }
            try await store.add(
                images + [LifecycleResource(id: "ami-1", parent: images[0].id, document: json([:]))], to: begun.id)
            try await store.add(
                [LifecycleResource(id: images[1].id, document: json(["state": "SUCCESS"]))], to: begun.id)
            clock.advance(by: 5)
            let done = try await store.transition(lifecycleExecution: begun.id, to: .success, reason: "done")
            #expect(done.hasImpact && done.endedAt == clock.now && done.startedAt != nil && done.reason == "done")
            await expect(.invalidState("SUCCESS")) {
                try await store.transition(lifecycleExecution: begun.id, to: .cancelling)
            }
            let page = try await store.lifecycleResources(of: begun.id, limit: 1)
            #expect(page.items == [images[0]])
            #expect(
                try await store.lifecycleResources(of: begun.id, limit: 1, token: page.nextToken).items
                    == [LifecycleResource(id: images[1].id, document: json(["state": "SUCCESS"]))])
            #expect(
                try await store.lifecycleResources(of: begun.id, parent: images[0].id, limit: 9).items.map(\.id) == [
                    "ami-1"
                ])
            let second = try await store.beginLifecycle(of: policy, request: json([:]))
            #expect(try await store.lifecycleExecutions(of: policy, limit: 9).items.map(\.id) == [second.id, begun.id])
            await expect(.notFound) { try await store.lifecycleResources(of: "lce-none", limit: 1) }
        }
    }

    @Test("One that is planned is due at its time")
    func planned() async throws {
        try await withStore { store, clock in
            let image = try await store.create(.image("base", state: "AVAILABLE")).arn
            let planned = try await store.beginLifecycle(
                of: image, request: json([:]), dueAt: clock.now.addingTimeInterval(60))
            #expect(try await store.dueLifecycles().isEmpty)
            clock.advance(by: 60)
            #expect(try await store.dueLifecycles() == [planned])
            await expect(.notFound) { try await store.beginLifecycle(of: image + "7", request: json([:])) }
        }
    }

    @Test("With a policy its executions end, and are remembered")
    func deleted() async throws {
        try await withStore { store, _ in
            let (first, second) = (try await policy(store), try await policy(store, "others"))
            let waiting = try await store.beginLifecycle(of: first, request: json([:])).id
            let working = try await store.beginLifecycle(of: second, request: json([:])).id
            _ = try await store.transition(lifecycleExecution: working, to: .inProgress)
            try await store.delete(first)
            try await store.delete(second)
            #expect(try await store.lifecycleExecution(waiting)?.status == .cancelled)
            #expect(try await store.lifecycleExecution(working)?.status == .cancelling)
        }
    }

    @Test("Every pair of statuses is allowed or refused as the table says")
    func table() {
        let allowed: [LifecycleStatus: String] = [
            .pending: "IN_PROGRESS CANCELLING CANCELLED FAILED", .inProgress: "SUCCESS FAILED CANCELLING CANCELLED",
            .cancelling: "CANCELLED FAILED SUCCESS", .cancelled: "", .failed: "", .success: "",
        ]
        for status in LifecycleStatus.allCases {
            #expect(
                Set(status.next.map(\.rawValue))
                    == Set(allowed[status]?.split(separator: " ").map(String.init) ?? ["?"]))
        }
    }
}
