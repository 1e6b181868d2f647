import Failures
import Foundation
import GRDB
import Testing

@testable import Store

@Suite struct EventTests {
    @Test("Views read on from a number, of everything or of one subject")
    func reading() async throws {
        try await withStore { store, clock in
            _ = try await store.create(.component("web"))
            let image = try await store.enqueue(NewImageBuild(image: .image("base"))).image
            let own = try await store.append(StoreEventKind(rawValue: "note"), subject: "s", detail: json(["a": 1]))
            let all = try await store.events(after: 0)
            #expect(all.map(\.sequence) == [1, 2, 3, 4] && all.last == own)
            #expect(all.map(\.kind.rawValue) == ["resource-created", "resource-created", "image-state", "note"])
            #expect(own.time == clock.now)
            #expect(try await store.events(after: 2).map(\.sequence) == [3, 4])
            #expect(try await store.events(after: 0, limit: 2).map(\.sequence) == [1, 2])
            #expect(try await store.events(after: 0, subject: image).map(\.sequence) == [2, 3])
            #expect(try await store.lastEvent() == 4)
            await expect(.invalidDocument) {
                try await store.append(StoreEventKind(rawValue: "note"), subject: "s", detail: Data("[]".utf8))
            }
        }
    }

    @Test("Whoever follows is told of what another connection writes, in order and once")
    func follow() async throws {
        try await withStore { store, _ in
            let other = try await KilnStore.open(at: store.file)
            async let seen = {
                var seen: [Int64] = []
                for try await event in store.follow(after: 0, every: .milliseconds(5)) {
                    seen.append(event.sequence)
                    if seen.count == 30 { break }
                }
                return seen
            }()
            for number in 0..<30 { _ = try await other.create(.component("name-\(number)")) }
            #expect(try await seen == Array(1...30))
            await other.close()
        }
    }

    @Test("Events are neither changed nor removed, whatever is asked of the database")
    func appendOnly() async throws {
        try await withStore { store, _ in
            let made = try await store.create(.component("web"))
            for sql in ["UPDATE event SET kind = 'x'", "DELETE FROM event"] {
                let failure = await #expect(throws: DatabaseError.self) {
                    try await store.pool.write { db in try db.execute(sql: sql) }
                }
                #expect(failure?.message == "events are only added")
            }
            try await store.delete(made.arn)
            #expect(try await store.events(after: 0).map(\.kind) == [.resourceCreated, .resourceDeleted])
        }
    }
}
