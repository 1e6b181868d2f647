import Synchronization
import Testing

@testable import Store

@Suite struct LoadTests {
    @Test(
        "Among 10,000 stored versions, 50 readers at once get and list what is there while it is written to",
        .timeLimit(.minutes(5)))
    func readers() async throws {
        try await withStore { store, _ in
            for batch in 0..<10 {
                _ = try await store.apply(
                    (0..<1000).map { number in
                        .create(.component("name-\(batch)-\(number / 10)", "1.\(number % 10).0"))
                    })
            }
            let isOver = Atomic(false)
            let writer = Task {
                var written = 0
                while !isOver.load(ordering: .relaxed) {
                    _ = try await store.create(.component("written-\(written)"))
                    written += 1
                    try? await Task.sleep(for: .milliseconds(2))
                }
                return written
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for reader in 0..<50 {
                    group.addTask {
                        for turn in 0..<10 {
                            let name = "name-\(turn)-\(reader * 2)"
                            let found = try await store.resource(arn("component/\(name)/1.\(turn).0/1"))
                            #expect(found?.name == name)
                            let newest = try await store.resolve(arn("component/\(name)/x.x.x"))
                            #expect(newest?.version == ResourceVersion(1, 9, 0))
                            let page = try await store.list(
                                ResourceQuery(.component, filters: [ResourceFilter(.name, [name])], limit: 25))
                            #expect(page.items.count == 10 && page.nextToken == nil)
                        }
                    }
                }
                try await group.waitForAll()
            }
            isOver.store(true, ordering: .relaxed)
            let written = try await writer.value
            var (query, seen) = (ResourceQuery(.component, limit: 100), Set<String>())
            repeat {
                let page = try await store.list(query)
                seen.formUnion(page.items.map(\.arn))
                query.token = page.nextToken
            } while query.token != nil
            #expect(written > 0 && seen.count == 10_000 + written)
        }
    }
}
