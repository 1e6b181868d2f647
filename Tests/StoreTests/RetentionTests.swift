import Failures
import Foundation
import GRDB
import Testing

@testable import Store

@Suite struct RetentionTests {
    private static let day: Double = 24 * 3600

    private func note(_ store: KilnStore, _ count: Int) async throws {
        for _ in 0..<count {
            _ = try await store.append(StoreEventKind(rawValue: "note"), subject: "s", detail: json([:]))
        }
    }

    private func numbers(_ store: KilnStore) async throws -> [Int64] {
        try await store.events(after: 0).map(\.sequence)
    }

    @Test("Events go after thirty days, those that a reader has not seen after ninety; the newest stays")
    func events() async throws {
        try await withStore { store, clock in
            try await note(store, 5)
            clock.advance(by: 29 * Self.day)
            try await note(store, 2)
            #expect(try await store.prune(eventsSeenTo: .max) == PrunedRows())
            clock.advance(by: 2 * Self.day)
            #expect(try await store.prune(eventsSeenTo: 3).events == 3)
            #expect(try await numbers(store) == [4, 5, 6, 7])
            #expect(try await store.prune(eventsSeenTo: .max).events == 2)
            #expect(try await numbers(store) == [6, 7])
            clock.advance(by: 60 * Self.day)
            #expect(try await store.prune(eventsSeenTo: 0).events == 0)
            clock.advance(by: 30 * Self.day)
            #expect(try await store.prune(eventsSeenTo: 0).events == 1)
            #expect(try await numbers(store) == [7])
            #expect(try await store.lastEvent() == 7)
            // Numbers go on behind what is gone.
            try await note(store, 1)
            #expect(try await numbers(store) == [7, 8])
        }
    }

    @Test("Of more events than are kept the oldest go, in batches, but none that a reader has not seen")
    func manyEvents() async throws {
        try await withStore { store, _ in
            try await note(store, 50)
            var rules = RetentionRules()
            (rules.mostEvents, rules.batch) = (10, 7)
            #expect(try await store.prune(rules, eventsSeenTo: 20).events == 20)
            #expect(try await store.prune(rules, eventsSeenTo: .max).events == 20)
            #expect(try await numbers(store) == Array(41...50))
        }
    }

    @Test("What retention has not let go cannot be removed, whatever is asked of the database")
    func bound() async throws {
        try await withStore { store, _ in
            try await note(store, 6)
            var rules = RetentionRules()
            rules.mostEvents = 3
            _ = try await store.prune(rules, eventsSeenTo: .max)
            let failure = await #expect(throws: DatabaseError.self) {
                try await store.pool.write { db in try db.execute(sql: "DELETE FROM event WHERE sequence >= 4") }
            }
            #expect(failure?.message == "events are only added")
            #expect(try await numbers(store) == [4, 5, 6])
        }
    }

    @Test("Clients' tokens go after a day")
    func tokens() async throws {
        try await withStore { store, clock in
            func token(_ text: String) -> ClientToken {
                ClientToken(operation: "CreateComponent", token: text, requestDigest: "d")
            }
            let made = try await store.create(.component("one"), token: token("a"))
            clock.advance(by: Self.day - 1)
            #expect(try await store.prune(eventsSeenTo: .max).clientTokens == 0)
            #expect(try await store.create(.component("one"), token: token("a")) == made)
            clock.advance(by: 1)
            #expect(try await store.prune(eventsSeenTo: .max).clientTokens == 1)
        }
    }

    @Test("Executions that are over go by age and number, but for the last of what is there; what is under way stays")
    func executions() async throws {
        try await withStore { store, clock in
            let policy = try await store.create(
                NewResource(.lifecyclePolicy, name: "old", document: json(["name": "old"]), state: "ENABLED")
            ).arn
            let image = try await store.create(.image("base", state: "AVAILABLE")).arn
            func execution(_ resource: String, ended: Bool = true) async throws -> String {
                let id = try await store.beginLifecycle(of: resource, request: json([:])).id
                guard ended else { return id }
                _ = try await store.transition(lifecycleExecution: id, to: .inProgress)
                try await store.add([LifecycleResource(id: "ami-1", document: json([:]))], to: id)
                _ = try await store.transition(lifecycleExecution: id, to: .success)
                return id
            }
            func ids() async throws -> [String] {
                try await store.lifecycleExecutions(of: policy, limit: 50).items.map(\.id)
            }
            var all: [String] = []
            for _ in 0..<8 { all.insert(try await execution(policy), at: 0) }
            let ofImage = try await execution(image)
            #expect(try await store.prune(eventsSeenTo: .max).lifecycleExecutions == 0)
            var rules = RetentionRules()
            rules.mostExecutions = 3
            #expect(try await store.prune(rules, eventsSeenTo: .max).lifecycleExecutions == 5)
            #expect(try await ids() == Array(all.prefix(3)))
            await expect(.notFound) { try await store.lifecycleResources(of: all[5], limit: 1) }

            clock.advance(by: 91 * Self.day)
            let open = try await execution(policy, ended: false)
            #expect(try await store.prune(eventsSeenTo: .max).lifecycleExecutions == 3)
            #expect(try await ids() == [open])
            // The last of an image that is there stays, and goes with it.
            #expect(try await store.lifecycleExecution(ofImage) != nil)
            try await store.delete(image)
            #expect(try await store.prune(eventsSeenTo: .max).lifecycleExecutions == 1)
            #expect(try await store.lifecycleExecution(ofImage) == nil)
        }
    }

    @Test("A policy is due once a day, and not while an execution of it is under way")
    func policies() async throws {
        try await withStore { store, clock in
            func policy(_ name: String, _ state: String) async throws -> String {
                try await store.create(
                    NewResource(.lifecyclePolicy, name: name, document: json(["name": name]), state: state)
                ).arn
            }
            func due() async throws -> [String] {
                try await store.policiesToRun(before: clock.now.addingTimeInterval(-Self.day)).map(\.arn)
            }
            let enabled = try await policy("enabled", "ENABLED")
            _ = try await policy("disabled", "DISABLED")
            #expect(try await due() == [enabled])
            #expect(try await store.lastLifecycle(of: enabled) == nil)
            let id = try await store.beginLifecycle(of: enabled, request: json([:])).id
            clock.advance(by: 2 * Self.day)
            #expect(try await due().isEmpty)
            #expect(try await store.begunLifecycles().isEmpty)
            _ = try await store.transition(lifecycleExecution: id, to: .inProgress)
            #expect(try await due().isEmpty)
            #expect(try await store.begunLifecycles().map(\.id) == [id])
            #expect(try await store.lastLifecycle(of: enabled) == clock.now)
            _ = try await store.transition(lifecycleExecution: id, to: .failed)
            #expect(try await due() == [enabled])
            let next = try await store.beginLifecycle(of: enabled, request: json([:])).id
            _ = try await store.transition(lifecycleExecution: next, to: .cancelled)
            clock.advance(by: Self.day - 1)
            #expect(try await due().isEmpty)
            clock.advance(by: 1)
            #expect(try await due() == [enabled])
        }
    }

    @Test("An image that could not be deleted is what it was before, and that is an event")
    func restored() async throws {
        try await withStore { store, _ in
            let image = try await store.create(.image("base", state: "AVAILABLE")).arn
            _ = try await store.transition(image, to: .deprecated)
            try await store.restore(image, to: .available, reason: "no")
            #expect(try await store.resource(image)?.state == "DEPRECATED")
            _ = try await store.transition(image, to: .deleted)
            try await store.restore(image, to: .deprecated, reason: "in use")
            let found = try await store.resource(image)
            #expect(found?.state == "DEPRECATED" && found?.stateReason == "in use")
            let last = try #require(try await store.events(after: 0, subject: image).last)
            #expect(
                try JSONDecoder().decode([String: String].self, from: last.detail)
                    == ["previous": "DELETED", "state": "DEPRECATED", "reason": "in use"])
        }
    }
}
