import Testing

@testable import Store

@Suite struct ReferenceTests {
    @Test("What is referred to exactly stays, and is free once nothing refers to it")
    func exact() async throws {
        try await withStore { store, _ in
            let component = try await store.create(.component("web"))
            let recipe = try await store.create(.recipe("recipe", of: [component.arn]))
            let pipeline = try await store.create(.pipeline("pipeline", of: [recipe.arn]))
            await expect(.inUse(by: [recipe.arn])) { try await store.delete(component.arn) }
            await expect(.inUse(by: [pipeline.arn])) { try await store.delete(recipe.arn) }
            #expect(try await store.referrers(to: component.arn) == [recipe.arn])
            for arn in [pipeline.arn, recipe.arn, component.arn] { try await store.delete(arn) }
            #expect(try await store.resource(component.arn) == nil)
            await expect(.notFound) { try await store.delete(component.arn) }
        }
    }

    @Test(
        "Of what a pattern finds, the last one stays",
        arguments: ["component/web/x.x.x", "component/web/1.x.x", "component/web/1.0.x", "component/web/1.0.0"])
    func patterns(_ reference: String) async throws {
        try await withStore { store, _ in
            let first = try await store.create(.component("web"))
            let second = try await store.create(.component("web", "1.0.0", ["data": "2"]))
            _ = try await store.create(.component("web", "2.0.0"))
            let recipe = try await store.create(.recipe("recipe", of: [arn(reference)]))
            #expect(try await store.referrers(to: second.arn) == [recipe.arn])
            try await store.delete(second.arn)
            if reference.hasSuffix("x.x.x") {
                try await store.delete(first.arn)
                await expect(.inUse(by: [recipe.arn])) { try await store.delete(arn("component/web/2.0.0/1")) }
            } else {
                await expect(.inUse(by: [recipe.arn])) { try await store.delete(first.arn) }
            }
        }
    }

    @Test("Own resources that are referred to must be there; Amazon's are not looked for")
    func missing() async throws {
        try await withStore { store, _ in
            let (theirs, none) = (arn("component/aws-cli/x.x.x", account: "aws"), arn("component/none/1.x.x"))
            _ = try await store.create(.recipe("fine", of: [theirs]))
            await expect(.missingReferences([none])) {
                try await store.create(.recipe("bad", of: [theirs, none]))
            }
            await expect(.invalidARN) { try await store.create(.recipe("bad", of: ["ami-1"])) }
            let pipeline = try await store.create(.pipeline("pipeline"))
            await expect(.missingReferences([none])) {
                try await store.update(ResourceUpdate(pipeline.arn, references: [none]))
            }
        }
    }

    @Test("What refers to itself, twice, or was updated away does not hold anything back")
    func loose() async throws {
        try await withStore { store, _ in
            let component = try await store.create(.component("web"))
            let recipe = try await store.create(.recipe("recipe", of: [component.arn, component.arn]))
            await expect(.inUse(by: [recipe.arn])) { try await store.delete(component.arn) }
            _ = try await store.update(ResourceUpdate(recipe.arn, references: [recipe.arn]))
            try await store.delete(component.arn)
            try await store.delete(recipe.arn)
        }
    }

    @Test("The newest of a name and of a version are known again after one was deleted")
    func newest() async throws {
        try await withStore { store, _ in
            for (version, data) in [("1.0.0", "1"), ("1.0.0", "2"), ("2.0.0", "1")] {
                _ = try await store.create(.component("web", version, ["data": data]))
            }
            func shown(_ grouping: ResourceQuery.Grouping) async throws -> [String] {
                try await store.list(ResourceQuery(.component, grouping: grouping)).items.map {
                    String($0.arn.split(separator: "/", maxSplits: 2)[2])
                }
            }
            #expect(try await shown(.versions) == ["1.0.0/2", "2.0.0/1"])
            #expect(try await shown(.names) == ["2.0.0/1"])
            try await store.delete(arn("component/web/2.0.0/1"))
            try await store.delete(arn("component/web/1.0.0/2"))
            #expect(try await shown(.versions) == ["1.0.0/1"])
            #expect(try await shown(.names) == ["1.0.0/1"])
            #expect(try await store.create(.component("web", "1.0.0", ["data": "3"])).build == 2)
        }
    }

    @Test("The number of an image's build is never given again")
    func imageNumbers() async throws {
        try await withStore { store, _ in
            _ = try await store.create(.image("base", state: "AVAILABLE"))
            let second = try await store.create(.image("base", state: "AVAILABLE"))
            try await store.delete(second.arn)
            #expect(try await store.create(.image("base", state: "AVAILABLE")).arn == arn("image/base/1.0.0/3"))
        }
    }
}
