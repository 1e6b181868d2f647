import Foundation
import SystemPackage
import Testing

@testable import Store

@Suite struct ResourceTests {
    @Test("A resource is given its ARN, its build and its dates, and is found again as it was made")
    func create() async throws {
        try await withStore { store, clock in
            let new = NewResource.component("My Nginx_one", "1.2.3", tags: ["team": "web"])
            let made = try await store.create(new)
            #expect(made.arn == arn("component/my-nginx-one/1.2.3/1"))
            #expect(made.name == "My Nginx_one" && made.version == ResourceVersion(1, 2, 3) && made.build == 1)
            #expect(made.owner == .own && made.state == "ACTIVE" && made.tags == ["team": "web"])
            #expect(made.createdAt == clock.now && made.updatedAt == clock.now && made.document == new.document)
            #expect(try await store.resource(made.arn) == made)
            #expect(try await store.resource(arn("component/my-nginx-one/1.2.3/2")) == nil)

            let workflow = try await store.create(
                NewResource(
                    .workflow, name: "Flow", version: ResourceVersion(1, 0, 0), workflowType: "TEST",
                    document: json([:])))
            #expect(workflow.arn == arn("workflow/test/flow/1.0.0/1") && workflow.workflowType == "TEST")
            let recipe = try await store.create(.recipe("Recipe", of: []))
            #expect(recipe.arn == arn("image-recipe/recipe/1.0.0") && recipe.build == nil)
            let pipeline = try await store.create(.pipeline("Pipeline"))
            #expect(pipeline.arn == arn("image-pipeline/pipeline") && pipeline.version == nil)
        }
    }

    @Test("The same component makes the next build where its content differs, and is refused where it does not")
    func builds() async throws {
        try await withStore { store, _ in
            let first = try await store.create(.component("web"))
            // Neither another way to write it nor a note of what was changed
            // is other content, nor what was read off the component's own document.
            let same = Data(
                #"{"platform":"Linux", "name":"web","changeDescription":"why","data":"…","parameters":[],"type":"BUILD"}"#
                    .utf8)
            await expect(.alreadyExists(arn: first.arn)) {
                try await store.create(
                    NewResource(.component, name: "Web", version: ResourceVersion(1, 0, 0), document: same))
            }
            let second = try await store.create(.component("web", "1.0.0", ["data": "other"]))
            #expect(second.arn == arn("component/web/1.0.0/2"))
            // Of another version the content counts anew; against the newest build alone it is compared.
            #expect(try await store.create(.component("web", "1.0.1", ["data": "other"])).build == 1)
            #expect(try await store.create(.component("web")).arn == arn("component/web/1.0.0/3"))
        }
    }

    @Test("Recipes and what has no versions are there once; a pipeline's name counts without case and blanks")
    func unique() async throws {
        try await withStore { store, _ in
            let recipe = try await store.create(.recipe("web", of: []))
            await expect(.alreadyExists(arn: recipe.arn)) { try await store.create(.recipe("WEB", of: [])) }
            _ = try await store.create(.recipe("web", "1.0.1", of: []))
            let pipeline = try await store.create(.pipeline("my pipeline"))
            await expect(.alreadyExists(arn: pipeline.arn)) { try await store.create(.pipeline("My_Pipeline")) }
        }
    }

    @Test("What AWS would refuse is refused")
    func invalid() async throws {
        try await withStore { store, _ in
            for name in ["", "ab", " abc", "abc ", "a/b", "ä-component", "a\nb", String(repeating: "a", count: 129)] {
                await expect(.invalidName) { try await store.create(.component(name)) }
            }
            _ = try await store.create(.component(String(repeating: "a", count: 128)))
            await expect(.invalidVersion) {
                try await store.create(NewResource(.component, name: "abc", document: json([:])))
            }
            await expect(.invalidVersion) {
                try await store.create(
                    NewResource(.imagePipeline, name: "abc", version: ResourceVersion(1, 0, 0), document: json([:])))
            }
            await expect(.invalidVersion) {
                try await store.create(
                    NewResource(
                        .component, name: "abc", version: ResourceVersion(0, 0, 1 << 30), document: json([:])))
            }
            await expect(.invalidName) {
                try await store.create(
                    NewResource(
                        .workflow, name: "abc", version: ResourceVersion(1, 0, 0), workflowType: "OTHER",
                        document: json([:])))
            }
            for document in ["", "[]", "1", "{", "\u{FEFF}"] {
                await expect(.invalidDocument) {
                    try await store.create(
                        NewResource(.imagePipeline, name: "abc", document: Data(document.utf8)))
                }
            }
            await expect(.invalidDocument) {
                try await store.create(
                    NewResource(
                        .imagePipeline, name: "abc", document: Data([0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D])))
            }
            #expect(try await store.list(ResourceQuery(.imagePipeline)).items.isEmpty)
        }
    }

    @Test("Wildcards find the newest by number, and a version its newest build")
    func resolve() async throws {
        try await withStore { store, _ in
            for version in ["1.6.8", "2.2.4", "1.7.8", "1.10.0"] {
                _ = try await store.create(.component("web", version))
            }
            _ = try await store.create(.component("web", "1.7.8", ["data": "2"]))
            let found = [
                "web/x.x.x": "2.2.4/1", "web": "2.2.4/1", "web/1.x.x": "1.10.0/1", "web/1.7.x": "1.7.8/2",
                "web/1.7.8": "1.7.8/2", "web/1.7.8/1": "1.7.8/1",
            ]
            for (reference, expected) in found {
                #expect(
                    try await store.resolve(arn("component/\(reference)"))?.arn == arn("component/web/\(expected)"),
                    "\(reference)")
            }
            #expect(try await store.resolve(arn("component/web/3.x.x")) == nil)
            #expect(try await store.resolve(arn("component/web/x.x.x", account: "aws")) == nil)
            await expect(.invalidARN) { try await store.resolve(arn("component/web/x.2.x")) }
        }
    }

    @Test("A version that counts on follows the newest that matches; of those who ask at once each gets another")
    func next() async throws {
        try await withStore { store, _ in
            let patch = try #require(ResourceVersionPattern("1.0.x"))
            let made = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<30 {
                    group.addTask {
                        let token = ClientToken(operation: "o", token: "\(number)", requestDigest: "d")
                        let first = try await store.create(.recipe("web", of: []), next: patch, token: token)
                        // Asked for again, it is the same.
                        let again = try await store.create(.recipe("web", of: []), next: patch, token: token)
                        #expect(again.arn == first.arn)
                        return first.arn
                    }
                }
                return try await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(made == Set((0..<30).map { arn("image-recipe/web/1.0.\($0)") }))
            let minor = try #require(ResourceVersionPattern("1.x.x"))
            #expect(try await store.preview(.recipe("web", of: []), next: minor).arn == arn("image-recipe/web/1.1.0"))
            #expect(try await store.create(.recipe("web", of: []), next: minor).arn == arn("image-recipe/web/1.1.0"))
            await expect(.alreadyExists(arn: arn("image-recipe/web/1.0.0"))) {
                try await store.create(.recipe("web", of: []), next: nil)
            }
        }
    }

    @Test("Where only some states count, others are passed over")
    func resolveByState() async throws {
        try await withStore { store, _ in
            let old = try await store.create(.image("base", "1.0.0", state: "AVAILABLE"))
            _ = try await store.create(.image("base", "1.1.0", state: "FAILED"))
            let any = arn("image/base/x.x.x")
            #expect(try await store.resolve(any)?.version == ResourceVersion(1, 1, 0))
            #expect(try await store.resolve(any, states: ["AVAILABLE"])?.arn == old.arn)
            #expect(try await store.resolve(any, states: ["DEPRECATED"]) == nil)
        }
    }

    @Test("An update replaces what it names and leaves the rest")
    func update() async throws {
        try await withStore { store, clock in
            let component = try await store.create(.component("web"))
            let pipeline = try await store.create(.pipeline("nightly", of: [component.arn]))
            clock.advance(by: 5)
            let changed = try await store.update(
                ResourceUpdate(pipeline.arn, document: json(["name": "nightly", "a": 1]), tags: ["a": "b"]))
            #expect(changed.document == json(["name": "nightly", "a": 1]) && changed.tags == ["a": "b"])
            #expect(changed.references == [component.arn] && changed.state == "ENABLED")
            #expect(changed.createdAt == pipeline.createdAt && changed.updatedAt == clock.now)
            let disabled = try await store.update(
                ResourceUpdate(pipeline.arn, references: [], state: "DISABLED", stateReason: "why"))
            #expect(disabled.references.isEmpty && disabled.stateReason == "why" && disabled.tags == ["a": "b"])
            try await store.delete(component.arn)
            await expect(.notFound) { try await store.update(ResourceUpdate(component.arn, state: "DISABLED")) }
            await expect(.invalidARN) { try await store.update(ResourceUpdate("web", state: "DISABLED")) }
        }
    }

    @Test("Several changes are made together or not at all, and see each other")
    func together() async throws {
        try await withStore { store, _ in
            let made = try await store.apply([
                .create(.component("web")), .create(.recipe("recipe", of: [arn("component/web/1.x.x")])),
                .update(ResourceUpdate(arn("component/web/1.0.0/1"), state: "DEPRECATED")),
            ])
            #expect(made.map(\.state) == ["ACTIVE", nil, "DEPRECATED"])
            let event = try await store.lastEvent()
            await expect(.missingReferences([arn("component/none/x.x.x")])) {
                try await store.apply([
                    .create(.component("other")), .create(.recipe("bad", of: [arn("component/none/x.x.x")])),
                ])
            }
            #expect(try await store.resolve(arn("component/other")) == nil)
            #expect(try await store.lastEvent() == event)
        }
    }

    @Test("What Amazon brings along has its account, and is listed as Amazon's alone")
    func amazon() async throws {
        try await withStore { store, _ in
            let flow = try await store.create(
                NewResource(
                    .workflow, name: "build-image", version: ResourceVersion(1, 0, 2), workflowType: "BUILD",
                    document: json([:]), owner: .amazon))
            #expect(flow.arn == arn("workflow/build/build-image/1.0.2/1", account: "aws") && flow.owner == .amazon)
            #expect(try await store.list(ResourceQuery(.workflow, owner: .amazon)).items == [flow])
            #expect(try await store.list(ResourceQuery(.workflow)).items.isEmpty)
            let newest = try await store.resolve(arn("workflow/build/build-image/x.x.x", account: "aws"))
            #expect(newest == flow)
        }
    }

    @Test("A dry run answers what would be made, and makes nothing")
    func preview() async throws {
        try await withStore { store, _ in
            let would = try await store.preview(.component("web"))
            #expect(would.arn == arn("component/web/1.0.0/1"))
            #expect(try await store.resource(would.arn) == nil)
            #expect(try await store.lastEvent() == 0)
            let made = try await store.create(.component("web"))
            #expect(made == would)
            await expect(.alreadyExists(arn: made.arn)) { try await store.preview(.component("web")) }
        }
    }

    @Test("A reader is never shown another account's way of a resource")
    func accounts() async throws {
        try await withScratchFolder { folder in
            let file = folder.appending("kiln.db")
            let first = try await KilnStore.open(at: file)
            let account = Account(partition: "aws-cn", region: "cn-north-1", account: "999999999999")
            let second = try await KilnStore.open(at: file, account: account)
            _ = try await first.create(.component("web"))
            let other = try await second.create(.component("web"))
            #expect(other.arn == "arn:aws-cn:imagebuilder:cn-north-1:999999999999:component/web/1.0.0/1")
            await first.close()
            await second.close()
        }
    }
}
