import Testing

@testable import Store

@Suite struct ListTests {
    private func names(_ page: Page<StoredResource>) -> [String] {
        page.items.map { $0.arn.split(separator: "/").dropFirst().joined(separator: "/") }
    }

    private func all(_ store: KilnStore, _ query: ResourceQuery) async throws -> [String] {
        var (query, found) = (query, [String]())
        repeat {
            let page = try await store.list(query)
            #expect(page.items.count <= query.limit)
            found += names(page)
            query.token = page.nextToken
        } while query.token != nil
        return found
    }

    @Test("Versions, names and builds are grouped as asked for, in the order of names and numbers")
    func grouping() async throws {
        try await withStore { store, _ in
            for (name, version, data) in [
                ("web", "1.9.0", "1"), ("web", "1.10.0", "1"), ("web", "1.10.0", "2"), ("app", "1.0.0", "1"),
            ] {
                _ = try await store.create(.component(name, version, ["data": data]))
            }
            _ = try await store.create(.recipe("web", of: []))
            func list(_ grouping: ResourceQuery.Grouping) async throws -> [String] {
                try await all(store, ResourceQuery(.component, grouping: grouping, limit: 2))
            }
            #expect(try await list(.versions) == ["app/1.0.0/1", "web/1.9.0/1", "web/1.10.0/2"])
            #expect(try await list(.names) == ["app/1.0.0/1", "web/1.10.0/2"])
            #expect(try await list(.builds(of: nil)) == ["app/1.0.0/1", "web/1.9.0/1", "web/1.10.0/1", "web/1.10.0/2"])
            #expect(try await list(.builds(of: arn("component/web/1.10.0"))) == ["web/1.10.0/1", "web/1.10.0/2"])
            #expect(
                try await list(.builds(of: arn("component/web/1.x.x")))
                    == ["web/1.9.0/1", "web/1.10.0/1", "web/1.10.0/2"])
            #expect(try await list(.builds(of: arn("component/none/1.0.0"))).isEmpty)
            await expect(.invalidARN) { try await list(.builds(of: arn("image/web/1.0.0"))) }
            #expect(try await all(store, ResourceQuery(.imageRecipe)) == ["web/1.0.0"])
            #expect(try await all(store, ResourceQuery(.component, owner: .amazon)).isEmpty)
        }
    }

    @Test("Filters are all met, each by one of its values")
    func filters() async throws {
        try await withStore { store, _ in
            _ = try await store.create(
                .component("Web One", "1.0.0", ["supportedOsVersions": ["Debian 12", "Ubuntu 24"], "type": "BUILD"]))
            _ = try await store.create(
                .component("Web Two", "1.2.0", ["platform": "Windows", "a": ["b": 7], "obfuscate": true]))
            _ = try await store.create(.component("Other", "2.0.0", state: "DEPRECATED"))
            func list(_ filters: [(ResourceFilter.Field, [String])]) async throws -> [String] {
                try await all(
                    store, ResourceQuery(.component, filters: filters.map { ResourceFilter($0.0, $0.1) }, limit: 1))
            }
            let (one, two, other) = ("web-one/1.0.0/1", "web-two/1.2.0/1", "other/2.0.0/1")
            #expect(try await list([(.name, ["Web One"])]) == [one])
            #expect(try await list([(.name, ["web-one"])]).isEmpty)
            #expect(try await list([(.name, ["Web*"])]) == [one, two])
            #expect(try await list([(.name, ["*Tw*"])]) == [two])
            #expect(try await list([(.name, ["*One"])]).isEmpty)
            #expect(try await list([(.name, ["We%"])]).isEmpty)
            #expect(try await list([(.version, ["1.x.x"])]) == [one, two])
            #expect(try await list([(.version, ["1.2.0", "2.0.0"])]) == [other, two])
            #expect(try await list([(.version, ["x.x.x"])]) == [other, one, two])
            #expect(try await list([(.version, ["1.2.0/1"])]) == [two])
            #expect(try await list([(.state, ["DEPRECATED"])]) == [other])
            #expect(try await list([(.arn, [arn("component/" + two)])]) == [two])
            #expect(try await list([(.member("platform"), ["Windows"])]) == [two])
            #expect(try await list([(.member("platform"), ["Windows", "Linux"]), (.name, ["Web*"])]) == [one, two])
            #expect(try await list([(.member("supportedOsVersions"), ["Ubuntu 24"])]) == [one])
            #expect(try await list([(.member("a.b"), ["7"])]) == [two])
            #expect(try await list([(.member("obfuscate"), ["true"])]) == [two])
            #expect(try await list([(.member("none"), ["x"])]).isEmpty)
            #expect(try await list([(.member("platform"), ["' OR 1=1 --"])]).isEmpty)
            for field in [ResourceFilter.Field.member("a\"b"), .member(""), .member("a..b")] {
                await expect(.invalidFilter) { try await list([(field, ["x"])]) }
            }
            await expect(.invalidFilter) { try await list([(.name, [])]) }
            for version in ["x.1.x", "1", "1.x.x/1", ""] {
                await expect(.invalidFilter) { try await list([(.version, [version])]) }
            }
        }
    }

    @Test("Hidden states are left out unless they are asked for")
    func hidden() async throws {
        try await withStore { store, _ in
            _ = try await store.create(.component("old", state: "DEPRECATED"))
            _ = try await store.create(.component("new"))
            _ = try await store.create(.component("bare", state: nil))
            var query = ResourceQuery(.component, hiddenStates: ["DEPRECATED", "DISABLED"])
            #expect(try await all(store, query) == ["bare/1.0.0/1", "new/1.0.0/1"])
            query.filters = [ResourceFilter(.state, ["DEPRECATED"])]
            #expect(try await all(store, query) == ["old/1.0.0/1"])
        }
    }

    @Test("Pages neither repeat nor miss anything, whatever comes and goes between them")
    func stable() async throws {
        try await withStore { store, _ in
            let there = (10..<40).map { "name-\($0)" }
            _ = try await store.apply(there.map { .create(.component($0)) })
            var query = ResourceQuery(.component, limit: 7)
            var seen: [String] = []
            var round = 0
            repeat {
                let page = try await store.list(query)
                seen += page.items.map(\.name)
                query.token = page.nextToken
                // One before, one after, and the last that was shown goes.
                _ = try await store.create(.component("aaa-\(round)"))
                _ = try await store.create(.component("name-\(90 + round)"))
                if let last = page.items.last { try await store.delete(last.arn) }
                round += 1
            } while query.token != nil && round < 9
            #expect(seen.filter { there.contains($0) } == there)
            #expect(Set(seen).count == seen.count)
        }
    }

    @Test("A token is good for its own list alone")
    func tokens() async throws {
        try await withStore { store, _ in
            _ = try await store.apply((10..<20).map { .create(.component("name-\($0)")) })
            let token = try #require(try await store.list(ResourceQuery(.component, limit: 2)).nextToken)
            #expect(!token.contains("name") && token.allSatisfy { $0.isLetter || $0.isNumber || "-_".contains($0) })
            #expect(try await store.list(ResourceQuery(.component, limit: -1)).items.count == 1)
            // How much is shown at a time may change.
            #expect(try await store.list(ResourceQuery(.component, limit: 100, token: token)).items.count == 8)
            let others = [
                ResourceQuery(.imageRecipe, token: token), ResourceQuery(.component, owner: .amazon, token: token),
                ResourceQuery(.component, grouping: .names, token: token),
                ResourceQuery(.component, filters: [ResourceFilter(.name, ["name*"])], token: token),
            ]
            for query in others { await expect(.invalidPageToken) { try await store.list(query) } }
            for wrong in [
                "", "x", "e30", token.dropLast(4) + "AAAA", token + "=", String(repeating: "A", count: 70_000),
            ] {
                await expect(.invalidPageToken) {
                    try await store.list(ResourceQuery(.component, limit: 2, token: String(wrong)))
                }
            }
        }
    }
}
