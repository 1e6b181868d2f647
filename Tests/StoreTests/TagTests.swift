import Foundation
import Testing

@testable import Store

@Suite struct TagTests {
    @Test("Tags are added, changed and removed")
    func tags() async throws {
        try await withStore { store, _ in
            let arn = try await store.create(.component("web", tags: ["a": "1", "b": "2"])).arn
            try await store.tag(arn, with: ["b": "3", "c d:/=+-@._": ""])
            #expect(try await store.tags(of: arn) == ["a": "1", "b": "3", "c d:/=+-@._": ""])
            try await store.untag(arn, ["a", "none"])
            #expect(try await store.resource(arn)?.tags == ["b": "3", "c d:/=+-@._": ""])
            let none = arn + "7"
            await expect(.notFound) { try await store.tags(of: none) }
            await expect(.notFound) { try await store.tag(none, with: ["a": "b"]) }
            await expect(.notFound) { try await store.untag(none, ["a"]) }
        }
    }

    @Test("AWS's rules for tags hold")
    func rules() async throws {
        try await withStore { store, _ in
            let arn = try await store.create(.component("web")).arn
            let fine = String(repeating: "k", count: 128)
            try await store.tag(arn, with: [fine: String(repeating: "ä", count: 256)])
            for key in ["", fine + "k", "aws:name", "AWS:name", "a,b", "a#b", "ä"] {
                await expect(.invalidTag) { try await store.tag(arn, with: [key: "v"]) }
                await expect(.invalidTag) { try await store.create(.component("other", tags: [key: "v"])) }
            }
            await expect(.invalidTag) { try await store.tag(arn, with: ["a": String(repeating: "v", count: 257)]) }
            // What SQLite would cut off is not taken.
            await expect(.invalidTag) { try await store.tag(arn, with: ["a": "b\u{0}c"]) }
            #expect(try await store.tags(of: arn).count == 1)
        }
    }

    @Test("Fifty tags are the most, and one too many adds none")
    func limit() async throws {
        try await withStore { store, _ in
            let tags = Dictionary(uniqueKeysWithValues: (0..<50).map { ("key\($0)", "v") })
            let arn = try await store.create(.component("web", tags: tags)).arn
            try await store.tag(arn, with: ["key0": "other"])
            await expect(.tooManyTags) { try await store.tag(arn, with: ["key0": "lost", "one-more": "v"]) }
            #expect(try await store.tags(of: arn)["key0"] == "other")
            await expect(.tooManyTags) {
                try await store.create(.component("other", tags: tags.merging(["x": "y"]) { $1 }))
            }
        }
    }

    @Test("A policy is kept as it was put")
    func policies() async throws {
        try await withStore { store, _ in
            let arn = try await store.create(.component("web")).arn
            #expect(try await store.policy(of: arn) == nil)
            try await store.setPolicy(#"{ "Version" : "2012-10-17" }"#, of: arn)
            #expect(try await store.policy(of: arn) == #"{ "Version" : "2012-10-17" }"#)
            try await store.setPolicy(nil, of: arn)
            #expect(try await store.policy(of: arn) == nil)
            await expect(.notFound) { try await store.setPolicy("{}", of: arn + "7") }
        }
    }
}

@Suite struct TokenTests {
    private func token(_ token: String, _ digest: String = "d") -> ClientToken {
        ClientToken(operation: "CreateComponent", token: token, requestDigest: digest)
    }

    @Test("The same token with the same request is given the first answer again")
    func again() async throws {
        try await withStore { store, clock in
            let first = try await store.create(.component("web"), token: token("t"))
            // Even what has changed or gone since.
            try await store.tag(first.arn, with: ["a": "b"])
            try await store.delete(first.arn)
            clock.advance(by: 24 * 3600 - 1)
            #expect(try await store.create(.component("web"), token: token("t")) == first)
            #expect(try await store.resource(first.arn) == nil)
            clock.advance(by: 1)
            #expect(try await store.create(.component("web"), token: token("t")).createdAt == clock.now)
        }
    }

    @Test("The same token with another request is refused; of another operation it is another token")
    func mismatch() async throws {
        try await withStore { store, _ in
            let first = try await store.create(.component("web"), token: token("t"))
            await expect(.idempotencyMismatch) {
                try await store.create(.component("other"), token: token("t", "other"))
            }
            let update = ClientToken(operation: "UpdateComponent", token: "t", requestDigest: "other")
            _ = try await store.update(ResourceUpdate(first.arn, state: "DEPRECATED"), token: update)
            #expect(
                try await store.update(ResourceUpdate(first.arn, state: "ACTIVE"), token: update).state == "DEPRECATED")
        }
    }

    @Test("A request that failed leaves its token unused")
    func failed() async throws {
        try await withStore { store, _ in
            let recipe = NewResource.recipe("recipe", of: [arn("component/web/1.0.0")])
            await expect(.missingReferences([arn("component/web/1.0.0")])) {
                try await store.create(recipe, token: token("t"))
            }
            _ = try await store.create(.component("web"))
            #expect(try await store.create(recipe, token: token("t")).name == "recipe")
        }
    }

    @Test("Of many at once with one token, one is carried out")
    func concurrent() async throws {
        try await withStore { store, _ in
            let token = token("t")
            let arns = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await store.create(.image("base", state: "AVAILABLE"), token: token).arn }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(arns == [arn("image/base/1.0.0/1")])
        }
    }
}
