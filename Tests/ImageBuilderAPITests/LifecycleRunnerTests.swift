import Foundation
import HostSystem
import Store
import Synchronization
import SystemPackage
import Testing

@testable import ImageBuilderAPI

private final class MovedClock: Sendable {
    private let value = Mutex(Date(timeIntervalSince1970: 1_800_000_000))

    var now: Date { value.withLock { $0 } }
    func advance(by seconds: Double) { value.withLock { $0 = $0.addingTimeInterval(seconds) } }
}

/// A store whose clock the test moves, and a runner over disks and AMIs that are none.
private final class Fixture: Sendable {
    let store: KilnStore
    let clock: MovedClock
    let holdings: FakeHoldings
    let runner: LifecycleRunner
    let service: ServiceFixture

    init(_ store: KilnStore, _ clock: MovedClock, touchesAWS: Bool) {
        self.store = store
        self.clock = clock
        holdings = FakeHoldings(touchesAWS: touchesAWS)
        runner = LifecycleRunner(store: store, holdings: holdings, clock: { clock.now })
        service = ServiceFixture(
            store: store,
            service: APIService(store: store, keys: FixedKeys(), rate: 1_000_000, clock: { clock.now }),
            now: clock.now)
    }

    /// Looks until the process is killed before a step; the next look is another process's.
    func lookKilled(at step: String) async throws {
        holdings.state.withLock { $0.killedAt = step }
        let work = Task {
            // There must be something that can be killed.
            while holdings.work.withLock({ $0 == nil }) { await Task.yield() }
            try await runner.look()
        }
        holdings.work.withLock { $0 = work }
        let outcome = await work.result
        holdings.work.withLock { $0 = nil }
        #expect(throws: (any Error).self) { try outcome.get() }
        #expect(holdings.state.withLock { $0.killedAt } == nil, "it has come to \(step)")
    }

    /// An image as its build leaves it.
    func image(
        _ name: String = "web", digest: String? = nil, amis: [String] = [], tags: [String: String] = [:]
    ) async throws -> String {
        var document: [String: JSONValue] = ["type": "AMI", "outputResources": ["amis": []]]
        if let digest { document["kiln"] = ["build": "b-1", "image": .string(digest)] }
        document["outputResources"] = [
            "amis": .array(
                amis.map { ["image": .string($0), "region": "eu-west-1", "accountId": "111122223333"] }
                    + (amis.isEmpty ? [["image": .string("sha256:\(digest ?? "")"), "region": "us-east-1"]] : []))
        ]
        holdings.state.withLock { state in
            for ami in amis where state.amis[ami] == nil {
                state.amis[ami] = AMIFacts(snapshots: ["snap-\(ami)"])
                state.snapshots.insert("snap-\(ami)")
            }
            if let digest { state.disks.insert(digest) }
        }
        return try await store.create(
            NewResource(
                .image, name: name, version: ResourceVersion(1, 0, 0), document: Data(JSONValue.object(document).bytes),
                tags: tags, state: "AVAILABLE")
        ).arn
    }

    func policy(
        _ details: JSONValue, named name: String = "old", status: String = "ENABLED"
    ) async throws -> String {
        let answer = try await ask(
            "CreateLifecyclePolicy",
            [
                "name": .string(name), "executionRole": "role", "resourceType": "AMI_IMAGE", "policyDetails": details,
                "status": .string(status), "clientToken": .string(UUID().uuidString),
                "resourceSelection": ["recipes": [["name": "web", "semanticVersion": "x.x.x"]]],
            ])
        return try #require(answer["lifecyclePolicyArn"]?.text)
    }

    func ask(_ name: String, _ input: JSONValue) async throws -> JSONValue {
        let answer = try await service.ask(name, input, signed: clock.now)
        #expect(answer.status == 200, "\(name): \(answer.body)")
        return answer.body
    }

    /// The error that the service answers with.
    func refused(_ name: String, _ input: JSONValue) async throws -> String? {
        try await service.ask(name, input, signed: clock.now).error
    }

    func executions(of arn: String) async throws -> [JSONValue] {
        try await ask("ListLifecycleExecutions", ["resourceArn": .string(arn)])["lifecycleExecutions"]?.elements ?? []
    }

    /// "SUCCESS DELETE": status and action by resource.
    func resources(of execution: JSONValue, parent: String? = nil) async throws -> [String: String] {
        var input: [String: JSONValue] = ["lifecycleExecutionId": execution["lifecycleExecutionId"] ?? .null]
        input["parentResourceId"] = parent.map { .string($0) }
        let list = try await ask("ListLifecycleExecutionResources", .object(input))["resources"]?.elements ?? []
        return Dictionary(
            list.map { resource in
                let status = resource["state"]?["status"]?.text ?? ""
                return (resource["resourceId"]?.text ?? "", "\(status) \(resource["action"]?["name"]?.text ?? "")")
            }, uniquingKeysWith: { $1 })
    }

    func state(_ image: String) async throws -> String? { try await store.resource(image)?.state }
}

private let day: Double = 24 * 3600
private let oldestGo: JSONValue = [
    [
        "action": ["type": "DELETE", "includeResources": ["amis": true, "snapshots": true]],
        "filter": ["type": "COUNT", "value": 1],
    ]
]

private func withFixture(touchesAWS: Bool = true, _ body: (Fixture) async throws -> Void) async throws {
    let folder = FilePath("/tmp/kiln-lifecycles-\(UUID().uuidString.prefix(8))")
    try Folders.create(folder)
    defer { try? Folders.remove(folder) }
    let clock = MovedClock()
    let store = try await KilnStore.open(
        at: folder.appending("kiln.db"), account: Account(), clock: { clock.now })
    let outcome: Result<Void, any Error>
    do { outcome = .success(try await body(Fixture(store, clock, touchesAWS: touchesAWS))) } catch {
        outcome = .failure(error)
    }
    await store.close()
    try outcome.get()
}

@Suite("Lifecycles") struct LifecycleRunnerTests {
    @Test("A policy runs when it is made, then once a day; what was missed is made up for once")
    func daily() async throws {
        try await withFixture { fixture in
            let policy = try await fixture.policy(oldestGo)
            let disabled = try await fixture.policy(oldestGo, named: "others", status: "DISABLED")
            func count() async throws -> Int { try await fixture.executions(of: policy).count }
            func shown() async throws -> JSONValue? {
                try await fixture.ask("GetLifecyclePolicy", ["lifecyclePolicyArn": .string(policy)])["lifecyclePolicy"]
            }
            #expect(try await shown()?["dateLastRun"] == nil)
            try await fixture.runner.look()
            #expect(try await count() == 1)
            #expect(try await shown()?["dateLastRun"] != nil)
            fixture.clock.advance(by: day - 1)
            try await fixture.runner.look()
            #expect(try await count() == 1)
            fixture.clock.advance(by: 1)
            try await fixture.runner.look()
            #expect(try await count() == 2)
            fixture.clock.advance(by: 5 * day)
            try await fixture.runner.look()
            try await fixture.runner.look()
            #expect(try await count() == 3)
            let last = try #require(try await fixture.executions(of: policy).first)
            #expect(last["state"]?["status"] == "SUCCESS")
            #expect(last["resourcesImpactedSummary"]?["hasImpactedResources"] == false)
            #expect(last["startTime"] != nil && last["endTime"] != nil)
            #expect(try await fixture.executions(of: disabled).isEmpty)
        }
    }

    @Test("What a policy deletes goes from AWS, the disk and the store, in this order; the rest stays")
    func deletion() async throws {
        try await withFixture { fixture in
            let old = try await fixture.image(digest: "old", amis: ["ami-1", "ami-2"])
            fixture.clock.advance(by: 60)
            let new = try await fixture.image(digest: "new", amis: ["ami-3"])
            let policy = try await fixture.policy(oldestGo)
            try await fixture.runner.look()
            #expect(
                fixture.holdings.takeDone() == [
                    "DELETE ami-1", "delete snap-ami-1", "DELETE ami-2", "delete snap-ami-2", "remove old",
                ])
            #expect(try await fixture.state(old) == nil)
            #expect(try await fixture.state(new) == "AVAILABLE")
            let execution = try #require(try await fixture.executions(of: policy).first)
            #expect(execution["state"] == ["status": "SUCCESS"])
            #expect(execution["resourcesImpactedSummary"]?["hasImpactedResources"] == true)
            #expect(try await fixture.resources(of: execution) == [old: "SUCCESS DELETE"])
            #expect(
                try await fixture.resources(of: execution, parent: old)
                    == ["ami-1": "SUCCESS DELETE", "ami-2": "SUCCESS DELETE", "sha256:old": "SUCCESS DELETE"])
        }
    }

    @Test(
        "Whatever step a process is killed before, the next one finishes it, and does nothing twice",
        arguments: ["DELETE ami-1", "delete snap-ami-1", "DELETE ami-2", "delete snap-ami-2", "remove old"])
    func killed(_ step: String) async throws {
        try await withFixture { fixture in
            let old = try await fixture.image(digest: "old", amis: ["ami-1", "ami-2"])
            fixture.clock.advance(by: 60)
            _ = try await fixture.image(digest: "new")
            let policy = try await fixture.policy(oldestGo)
            try await fixture.lookKilled(at: step)
            #expect(try await fixture.state(old) == "DELETED", "nobody builds on it meanwhile")
            try await fixture.runner.look()
            #expect(
                fixture.holdings.takeDone() == [
                    "DELETE ami-1", "delete snap-ami-1", "DELETE ami-2", "delete snap-ami-2", "remove old",
                ])
            #expect(try await fixture.state(old) == nil)
            let executions = try await fixture.executions(of: policy)
            #expect(executions.map { $0["state"]?["status"] } == ["SUCCESS"])
            #expect(fixture.holdings.state.withLock { $0.snapshots.isEmpty && $0.disks == ["new"] })
        }
    }

    @Test("What others lie on, or refer to, stays whole and says why; the others go on")
    func obstacles() async throws {
        try await withFixture { fixture in
            let used = try await fixture.image(digest: "used", amis: ["ami-1"])
            fixture.clock.advance(by: 60)
            let base = try await fixture.image(digest: "base", amis: ["ami-2"])
            fixture.clock.advance(by: 60)
            let free = try await fixture.image(digest: "free")
            fixture.clock.advance(by: 60)
            _ = try await fixture.image(digest: "new")
            _ = try await fixture.store.create(
                NewResource(
                    .imageRecipe, name: "child", version: ResourceVersion(1, 0, 0), document: Data("{}".utf8),
                    references: [used]))
            fixture.holdings.state.withLock { $0.obstacles["base"] = "web is the base of db" }
            let policy = try await fixture.policy(oldestGo)
            try await fixture.runner.look()
            #expect(fixture.holdings.takeDone() == ["remove free"])
            #expect(try await fixture.state(used) == "AVAILABLE")
            #expect(try await fixture.state(base) == "AVAILABLE")
            let execution = try #require(try await fixture.executions(of: policy).first)
            #expect(execution["state"]?["status"] == "FAILED")
            #expect(execution["state"]?["reason"]?.text?.contains("2 of 3") == true)
            #expect(
                try await fixture.resources(of: execution)
                    == [used: "FAILED DELETE", base: "FAILED DELETE", free: "SUCCESS DELETE"])
        }
    }

    @Test("An image that cannot be deleted after all is what it was before, and goes with the next run")
    func givenBack() async throws {
        try await withFixture { fixture in
            let old = try await fixture.image(digest: "old", amis: ["ami-1"])
            _ = try await fixture.store.transition(old, to: .deprecated)
            fixture.clock.advance(by: 60)
            _ = try await fixture.image(digest: "new")
            let policy = try await fixture.policy(oldestGo)
            fixture.holdings.state.withLock { $0.refused = ["delete snap-ami-1"] }
            try await fixture.runner.look()
            #expect(fixture.holdings.takeDone() == ["DELETE ami-1"])
            let kept = try await fixture.store.resource(old)
            #expect(kept?.state == "DEPRECATED")
            #expect(kept?.stateReason?.contains("delete snap-ami-1 is refused") == true)
            fixture.holdings.state.withLock { $0.refused = [] }
            fixture.clock.advance(by: day)
            try await fixture.runner.look()
            // The AMI is gone, and its snapshot not forgotten.
            #expect(fixture.holdings.takeDone() == ["delete snap-ami-1", "remove old"])
            #expect(try await fixture.state(old) == nil)
            let executions = try await fixture.executions(of: policy)
            #expect(executions.map { $0["state"]?["status"] } == ["SUCCESS", "FAILED"])
        }
    }

    @Test("Without leave nothing in AWS is changed, and an image stays whose AMIs do; one without AMIs goes")
    func withoutLeave() async throws {
        try await withFixture(touchesAWS: false) { fixture in
            let old = try await fixture.image(digest: "old", amis: ["ami-1"])
            let local = try await fixture.image(digest: "local")
            fixture.clock.advance(by: 60)
            _ = try await fixture.image(digest: "new")
            let policy = try await fixture.policy(oldestGo)
            try await fixture.runner.look()
            #expect(fixture.holdings.takeDone() == ["remove local"])
            let execution = try #require(try await fixture.executions(of: policy).first)
            #expect(execution["state"]?["status"] == "SUCCESS")
            #expect(try await fixture.resources(of: execution) == [old: "SKIPPED DELETE", local: "SUCCESS DELETE"])
            #expect(try await fixture.resources(of: execution, parent: old) == ["ami-1": "SKIPPED DELETE"])
            #expect(try await fixture.state(old) == "AVAILABLE")
            // Nothing is said that did not happen.
            #expect(
                try await fixture.store.events(after: 0, subject: old).filter { $0.kind == .imageState }.isEmpty)
        }
    }

    @Test("An excluded AMI stays, and its image with it; other AMIs of the image go")
    func excluded() async throws {
        try await withFixture { fixture in
            let old = try await fixture.image(digest: "old", amis: ["ami-1", "ami-2"])
            fixture.clock.advance(by: 60)
            _ = try await fixture.image(digest: "new")
            fixture.holdings.state.withLock { $0.amis["ami-2"]?.tags = ["keep": "yes"] }
            let policy = try await fixture.policy([
                [
                    "action": ["type": "DELETE", "includeResources": ["amis": true]],
                    "filter": ["type": "COUNT", "value": 1],
                    "exclusionRules": ["amis": ["tagMap": ["keep": "yes"]]],
                ]
            ])
            try await fixture.runner.look()
            #expect(fixture.holdings.takeDone() == ["DELETE ami-1"])
            #expect(try await fixture.state(old) == "AVAILABLE")
            let execution = try #require(try await fixture.executions(of: policy).first)
            #expect(try await fixture.resources(of: execution) == [old: "SKIPPED DELETE"])
            #expect(
                try await fixture.resources(of: execution, parent: old)
                    == ["ami-1": "SUCCESS DELETE", "ami-2": "SKIPPED DELETE"])
        }
    }

    @Test("Only what was once available counts, and can be found")
    func candidates() async throws {
        try await withFixture { fixture in
            var arns: [ImageState: String] = [:]
            for state in ImageState.allCases {
                let arn = try await fixture.image(digest: state.rawValue)
                _ = try await fixture.store.update(ResourceUpdate(arn, state: state.rawValue))
                arns[state] = arn
            }
            fixture.clock.advance(by: 60)
            let newest = try await fixture.image(digest: "new")
            let policy = try await fixture.policy(oldestGo)
            try await fixture.runner.look()
            let execution = try #require(try await fixture.executions(of: policy).first)
            let found = try await fixture.resources(of: execution)
            #expect(Set(found.keys) == Set([.available, .deprecated, .disabled].compactMap { arns[$0] }))
            for (state, arn) in arns where found[arn] == nil {
                #expect(try await fixture.state(arn) == state.rawValue)
            }
            #expect(try await fixture.state(newest) == "AVAILABLE")
        }
    }

    @Test("What a newer image has as well stays for it")
    func shared() async throws {
        try await withFixture { fixture in
            let old = try await fixture.image(digest: "same", amis: ["ami-1"])
            fixture.clock.advance(by: 60)
            let new = try await fixture.image(digest: "same", amis: ["ami-1"])
            _ = try await fixture.policy(oldestGo)
            try await fixture.runner.look()
            #expect(fixture.holdings.takeDone() == [])
            #expect(try await fixture.state(old) == nil)
            #expect(try await fixture.state(new) == "AVAILABLE")
        }
    }

    @Test("Deprecated and disabled as the policy says, with AMIs where it says so")
    func states() async throws {
        try await withFixture { fixture in
            let oldest = try await fixture.image(digest: "1", amis: ["ami-1"])
            fixture.clock.advance(by: 10 * day)
            let middle = try await fixture.image(digest: "2", amis: ["ami-2"])
            fixture.clock.advance(by: 10 * day)
            let newest = try await fixture.image(digest: "3", amis: ["ami-3"])
            _ = try await fixture.policy([
                [
                    "action": ["type": "DISABLE", "includeResources": ["amis": true]],
                    "filter": ["type": "AGE", "value": 20, "unit": "DAYS"],
                ],
                ["action": ["type": "DEPRECATE"], "filter": ["type": "AGE", "value": 1, "unit": "WEEKS"]],
            ])
            try await fixture.runner.look()
            #expect(fixture.holdings.takeDone() == ["DISABLE ami-1", "disable 1"])
            #expect(try await fixture.state(oldest) == "DISABLED")
            #expect(try await fixture.state(middle) == "DEPRECATED")
            #expect(try await fixture.state(newest) == "AVAILABLE")
        }
    }

    @Test("A cancelled execution ends between two images; what is left is skipped. So does that of a disabled policy")
    func cancelled() async throws {
        try await withFixture { fixture in
            for digest in ["1", "2", "3"] {
                _ = try await fixture.image(digest: digest)
                fixture.clock.advance(by: 60)
            }
            let policy = try await fixture.policy(oldestGo)
            // The process is gone before the first is removed, and comes back.
            try await fixture.lookKilled(at: "remove 2")
            let execution = try #require(try await fixture.executions(of: policy).first)
            #expect(execution["state"]?["status"] == "IN_PROGRESS")
            _ = try await fixture.ask(
                "CancelLifecycleExecution",
                [
                    "lifecycleExecutionId": execution["lifecycleExecutionId"] ?? .null,
                    "clientToken": .string(UUID().uuidString),
                ])
            #expect(try await fixture.executions(of: policy).first?["state"]?["status"] == "CANCELLING")
            try await fixture.runner.look()
            // The one that was begun is brought to its end.
            #expect(fixture.holdings.takeDone() == ["remove 2"])
            let ended = try #require(try await fixture.executions(of: policy).first)
            #expect(ended["state"]?["status"] == "CANCELLED")
            #expect(try await fixture.resources(of: ended).values.sorted() == ["SKIPPED DELETE", "SUCCESS DELETE"])
            #expect(
                try await fixture.refused(
                    "CancelLifecycleExecution",
                    [
                        "lifecycleExecutionId": execution["lifecycleExecutionId"] ?? .null,
                        "clientToken": .string(UUID().uuidString),
                    ]) == "InvalidRequestException")
        }
    }

    @Test("A state update of one image does the same work: at once, with its AMIs, at its time, and back")
    func updates() async throws {
        try await withFixture { fixture in
            let image = try await fixture.image(digest: "1", amis: ["ami-1"])
            func update(_ state: String, _ more: [String: JSONValue] = [:]) -> JSONValue {
                .object(
                    [
                        "resourceArn": .string(image), "state": ["status": .string(state)],
                        "clientToken": .string(UUID().uuidString),
                    ].merging(more) { $1 })
            }
            let withAMIs: [String: JSONValue] = ["includeResources": ["amis": true], "executionRole": "role"]
            let name = "StartResourceStateUpdate"
            #expect(try await fixture.ask(name, update("DEPRECATED"))["lifecycleExecutionId"] == nil)
            #expect(try await fixture.state(image) == "DEPRECATED")
            let asked = try await fixture.ask(name, update("DISABLED", withAMIs))["lifecycleExecutionId"]
            #expect(asked != nil)
            #expect(try await fixture.refused(name, update("AVAILABLE", withAMIs)) == "InvalidRequestException")
            #expect(try await fixture.state(image) == "DEPRECATED")
            try await fixture.runner.look()
            #expect(try await fixture.state(image) == "DISABLED")
            _ = try await fixture.ask(name, update("AVAILABLE", withAMIs))
            try await fixture.runner.look()
            #expect(
                fixture.holdings.takeDone() == ["DISABLE ami-1", "disable 1", "AVAILABLE ami-1", "enable 1"])
            #expect(try await fixture.state(image) == "AVAILABLE")

            let due = fixture.clock.now.addingTimeInterval(3600).timeIntervalSince1970
            _ = try await fixture.ask(name, update("DEPRECATED", ["updateAt": .number(due)]))
            try await fixture.runner.look()
            #expect(try await fixture.state(image) == "AVAILABLE")
            fixture.clock.advance(by: 3600)
            try await fixture.runner.look()
            #expect(try await fixture.state(image) == "DEPRECATED")

            let excluded: JSONValue = ["amis": ["regions": ["eu-west-1"]]]
            _ = try await fixture.ask(
                name, update("DELETED", withAMIs.merging(["exclusionRules": excluded]) { $1 }))
            try await fixture.runner.look()
            #expect(try await fixture.state(image) == "DEPRECATED")
            _ = try await fixture.ask(name, update("DELETED", withAMIs))
            try await fixture.runner.look()
            #expect(fixture.holdings.takeDone() == ["DELETE ami-1", "remove 1"])
            #expect(try await fixture.state(image) == nil)
            // Its executions can be looked at still, the newest first.
            let executions = try await fixture.executions(of: image)
            #expect(executions.count == 5 && executions.allSatisfy { $0["state"]?["status"] == "SUCCESS" })
            #expect(executions.allSatisfy { $0["lifecyclePolicyArn"] == nil })
        }
    }

    @Test("A state update that does not fit is refused as the service documents it")
    func refusedUpdates() async throws {
        try await withFixture { fixture in
            let image = try await fixture.image(digest: "1")
            let later = JSONValue.number(fixture.clock.now.timeIntervalSince1970 + 60)
            let role: JSONValue = "role"
            for more: [String: JSONValue] in [
                ["state": ["status": "DELETED"]],
                ["state": ["status": "DELETED"], "includeResources": ["amis": true]],
                ["state": ["status": "DELETED"], "includeResources": ["amis": false], "executionRole": role],
                ["state": ["status": "DELETED"], "includeResources": ["snapshots": true], "executionRole": role],
                ["state": ["status": "DISABLED"], "executionRole": role],
                [
                    "state": ["status": "DISABLED"], "executionRole": role,
                    "includeResources": ["amis": true, "snapshots": true],
                ],
                ["state": ["status": "DISABLED"], "updateAt": later],
                ["state": ["status": "DEPRECATED"], "updateAt": .number(1)],
            ] {
                let input: JSONValue = .object(
                    ["resourceArn": .string(image), "clientToken": .string(UUID().uuidString)].merging(more) { $1 })
                let error = try await fixture.refused("StartResourceStateUpdate", input)
                #expect(
                    ["InvalidRequestException", "InvalidParameterValueException"].contains(error ?? ""), "\(more)")
            }
            try await fixture.runner.look()
            #expect(try await fixture.state(image) == "AVAILABLE")
        }
    }

    @Test("A policy that does not fit is refused as the service documents it")
    func refusedPolicies() async throws {
        try await withFixture { fixture in
            let age: JSONValue = ["type": "AGE", "value": 1, "unit": "DAYS"]
            for details: JSONValue in [
                [["action": ["type": "DEPRECATE"], "filter": ["type": "COUNT", "value": 1]]],
                [["action": ["type": "DELETE"], "filter": ["type": "AGE", "value": 1]]],
                [["action": ["type": "DELETE"], "filter": age], ["action": ["type": "DELETE"], "filter": age]],
                [["action": ["type": "DELETE", "includeResources": ["snapshots": true]], "filter": age]],
                [
                    [
                        "action": ["type": "DISABLE", "includeResources": ["amis": true, "snapshots": true]],
                        "filter": age,
                    ]
                ],
            ] {
                let error = try await fixture.refused(
                    "CreateLifecyclePolicy",
                    [
                        "name": "bad", "executionRole": "role", "resourceType": "AMI_IMAGE", "policyDetails": details,
                        "clientToken": .string(UUID().uuidString), "resourceSelection": ["tagMap": ["a": "b"]],
                    ])
                #expect(
                    ["InvalidRequestException", "InvalidParameterValueException"].contains(error ?? ""), "\(details)")
            }
        }
    }
}
