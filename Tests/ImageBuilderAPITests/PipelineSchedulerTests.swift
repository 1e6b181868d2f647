import Foundation
import HostSystem
import Store
import Synchronization
import SystemPackage
import Testing

@testable import ImageBuilderAPI

/// A server's schedules, on a clock that the test moves.
private final class Fixture: Sendable {
    let store: KilnStore
    let service: ServiceFixture
    let scheduler: PipelineScheduler
    let folder: FilePath
    let time: Mutex<Date>
    let lines = Mutex<[String]>([])

    init(
        store: KilnStore, folder: FilePath, time: Date, clock: @escaping @Sendable () -> Date,
        set: @escaping @Sendable (Date) -> Void
    ) {
        self.store = store
        self.folder = folder
        self.time = Mutex(time)
        self.set = set
        service = ServiceFixture(
            store: store, service: APIService(store: store, keys: FixedKeys(), rate: 1_000_000, clock: clock), now: time
        )
        scheduler = PipelineScheduler(store: store, cursorFile: folder.appending("cursor.json"), clock: clock)
    }

    private let set: @Sendable (Date) -> Void

    /// As the clock goes on, somebody looks.
    func look(at text: String) async throws {
        let date = try Date(text, strategy: .iso8601)
        time.withLock { $0 = date }
        set(date)
        try await scheduler.look()
    }

    func ask(_ name: String, _ input: JSONValue) async throws -> JSONValue {
        let answer = try await service.ask(name, input, signed: time.withLock { $0 })
        #expect(answer.status == 200, "\(name): \(answer.body)")
        return answer.body
    }

    /// A recipe with a component and a parent, and what a pipeline wants more.
    func pipeline(
        _ name: String = "line", schedule: JSONValue,
        component: String = "arn:aws:imagebuilder:us-east-1:123456789012:component/one/x.x.x",
        parent: String = "debian-12"
    ) async throws -> String {
        try await addComponent("1.0.0")
        let recipe = try await ask(
            "CreateImageRecipe",
            [
                "name": .string("recipe \(name)"), "semanticVersion": "1.0.0", "parentImage": .string(parent),
                "components": [["componentArn": .string(component)]], "clientToken": token,
            ])["imageRecipeArn"]
        let infrastructure = try await ask(
            "CreateInfrastructureConfiguration",
            ["name": .string("infra \(name)"), "instanceProfileName": "profile", "clientToken": token])
        var input: [String: JSONValue] = [
            "name": .string(name), "schedule": schedule, "clientToken": token,
            "infrastructureConfigurationArn": infrastructure["infrastructureConfigurationArn"] ?? .null,
        ]
        input["imageRecipeArn"] = recipe
        let arn = try #require(try await ask("CreateImagePipeline", .object(input))["imagePipelineArn"]?.text)
        inputs.withLock { $0[arn] = input }
        return arn
    }

    private let inputs = Mutex<[String: [String: JSONValue]]>([:])

    func update(_ arn: String, schedule: JSONValue?, status: String = "ENABLED") async throws {
        var input = inputs.withLock { $0[arn] } ?? [:]
        input["name"] = nil
        input["schedule"] = schedule
        input["status"] = .string(status)
        input["clientToken"] = token
        input["imagePipelineArn"] = .string(arn)
        _ = try await ask("UpdateImagePipeline", .object(input))
    }

    @discardableResult
    func addComponent(_ version: String, _ text: String = "echo") async throws -> JSONValue {
        let data = """
            name: one
            schemaVersion: 1.0
            phases: [{name: build, steps: [{name: a, action: ExecuteBash, inputs: {commands: ['\(text) \(version)']}}]}]
            """
        let answer = try await service.ask(
            "CreateComponent",
            [
                "name": "one", "semanticVersion": .string(version), "platform": "Linux", "data": .string(data),
                "clientToken": token,
            ],
            signed: time.withLock { $0 })
        return answer.body
    }

    var token: JSONValue { .string(UUID().uuidString) }

    func next(_ pipeline: String) async throws -> String? {
        try await store.runs(of: pipeline)?.nextRun?.formatted(.iso8601)
    }

    func builds() async throws -> [ImageBuild] { try await store.builds(in: Set(ImageState.allCases)) }

    /// Ends the build that waits.
    func end(_ state: ImageState) async throws {
        let me = ProcessIdentity.current
        let build = try #require(try await store.claimNext(by: me, limit: 1, lease: .seconds(60)))
        for step in [ImageState.creating, .building, state] {
            _ = try await store.transition(build.image, to: step, by: me)
        }
    }
}

/// - Parameter body: begins on Thursday, 26 November 2026, at noon.
private func withScheduler(_ body: (Fixture) async throws -> Void) async throws {
    let folder = FilePath("/tmp/kiln-schedules-\(UUID().uuidString.prefix(8))")
    defer { try? Folders.remove(folder) }
    let start = try Date("2026-11-26T12:00:00Z", strategy: .iso8601)
    let box = Clock(start)
    let store = try await KilnStore.open(at: folder.appending("kiln.db"), account: Account(), clock: { box.now })
    let fixture = Fixture(store: store, folder: folder, time: start, clock: { box.now }, set: { box.set($0) })
    let outcome: Result<Void, any Error>
    do {
        try await fixture.scheduler.prepare()
        outcome = .success(try await body(fixture))
    } catch { outcome = .failure(error) }
    await store.close()
    try outcome.get()
}

private final class Clock: Sendable {
    private let time: Mutex<Date>

    init(_ date: Date) { time = Mutex(date) }

    var now: Date { time.withLock { $0 } }
    func set(_ date: Date) { time.withLock { $0 = date } }
}

private func always(_ expression: String, _ zone: String? = nil, failures: Int64? = nil) -> JSONValue {
    var schedule: [String: JSONValue] = [
        "scheduleExpression": .string(expression), "pipelineExecutionStartCondition": "EXPRESSION_MATCH_ONLY",
    ]
    if let zone { schedule["timezone"] = .string(zone) }
    if let failures { schedule["autoDisablePolicy"] = ["failureCount": .integer(failures)] }
    return .object(schedule)
}

@Suite struct PipelineSchedulerTests {
    @Test("A pipeline has its next run from the moment it is made, changed, disabled and enabled")
    func planned() async throws {
        try await withScheduler { fixture in
            let pipeline = try await fixture.pipeline(schedule: always("cron(0 3 * * ? *)", "Europe/Berlin"))
            #expect(try await fixture.next(pipeline) == "2026-11-27T02:00:00Z")
            let shown = try await fixture.ask("GetImagePipeline", ["imagePipelineArn": .string(pipeline)])
            #expect(shown["imagePipeline"]?["dateNextRun"] != nil)
            try await fixture.update(pipeline, schedule: always("rate(5 hours)"))
            #expect(try await fixture.next(pipeline) == "2026-11-26T17:00:00Z")
            try await fixture.update(pipeline, schedule: always("rate(5 hours)"), status: "DISABLED")
            #expect(try await fixture.next(pipeline) == nil)
            try await fixture.look(at: "2026-11-26T18:00:00Z")
            #expect(try await fixture.builds().isEmpty)
            try await fixture.update(pipeline, schedule: always("rate(5 hours)"))
            #expect(try await fixture.next(pipeline) == "2026-11-26T23:00:00Z")
            try await fixture.update(pipeline, schedule: nil)
            #expect(try await fixture.next(pipeline) == nil)
            _ = try await fixture.ask("DeleteImagePipeline", ["imagePipelineArn": .string(pipeline)])
            try await fixture.look(at: "2026-11-27T18:00:00Z")
            #expect(try await fixture.builds().isEmpty)
        }
    }

    @Test(
        "A bad schedule is refused with what was expected",
        arguments: [
            ("cron(0 3 * * *)", nil, "schedule.scheduleExpression", "has 5 fields"),
            ("daily", nil, "schedule.scheduleExpression", "cron(…) or rate(…)"),
            ("cron(0 3 * * ? *)", "Mars/Olympus", "schedule.timezone", "Europe/Berlin"),
        ] as [(String, String?, String, String)])
    func refused(_ expression: String, _ zone: String?, _ parameter: String, _ said: String) async throws {
        try await withScheduler { fixture in
            let pipeline = try await fixture.pipeline(schedule: always("rate(1 day)"))
            let shown = try await fixture.ask("GetImagePipeline", ["imagePipelineArn": .string(pipeline)])[
                "imagePipeline"]
            let answer = try await fixture.service.ask(
                "CreateImagePipeline",
                [
                    "name": "bad", "schedule": always(expression, zone), "clientToken": fixture.token,
                    "imageRecipeArn": shown?["imageRecipeArn"] ?? .null,
                    "infrastructureConfigurationArn": shown?["infrastructureConfigurationArn"] ?? .null,
                ], signed: fixture.time.withLock { $0 })
            #expect(answer.status == 400 && answer.error == "InvalidParameterValueException")
            let message = answer.body["message"]?.text ?? answer.body["Message"]?.text ?? ""
            #expect(message.contains(parameter) && message.contains(said), "\(message)")
        }
    }

    @Test("A due run is started once, however many look; missed ones are one")
    func due() async throws {
        try await withScheduler { fixture in
            let pipeline = try await fixture.pipeline(schedule: always("cron(0 3 * * ? *)"))
            try await fixture.look(at: "2026-11-27T02:59:59Z")
            #expect(try await fixture.builds().isEmpty)
            try await fixture.look(at: "2026-11-27T03:00:00Z")
            let first = try #require(try await fixture.builds().first)
            #expect(first.isScheduled && first.pipeline == pipeline && first.state == .pending)
            let shown = try await fixture.ask("GetImage", ["imageBuildVersionArn": .string(first.image)])["image"]
            #expect(shown?["buildType"]?.text == "SCHEDULED" && shown?["sourcePipelineArn"]?.text == pipeline)
            #expect(try await fixture.next(pipeline) == "2026-11-28T03:00:00Z")
            try await fixture.look(at: "2026-11-27T03:00:02Z")
            #expect(try await fixture.builds().count == 1)
            try await fixture.end(.available)
            // Three days without a server, and then two of them at once.
            let other = PipelineScheduler(store: fixture.store, clock: fixture.scheduler.clock)
            try await other.prepare()
            async let second: Void = other.look()
            try await fixture.look(at: "2026-11-30T12:00:00Z")
            try await second
            #expect(try await fixture.builds().count == 2)
            #expect(try await fixture.next(pipeline) == "2026-12-01T03:00:00Z")
        }
    }

    @Test("A run that was begun by a process that ended in between is not begun again")
    func interrupted() async throws {
        try await withScheduler { fixture in
            let pipeline = try await fixture.pipeline(schedule: always("cron(0 3 * * ? *)"))
            try await fixture.look(at: "2026-11-27T03:00:00Z")
            try await fixture.end(.available)
            // As after a kill between the build's place in the queue and the run's next date.
            try await fixture.store.setNextRun(try Date("2026-11-27T03:00:00Z", strategy: .iso8601), of: pipeline)
            try await fixture.look(at: "2026-11-27T03:00:05Z")
            #expect(try await fixture.builds().count == 1)
            #expect(try await fixture.next(pipeline) == "2026-11-28T03:00:00Z")
        }
    }

    @Test("A schedule that is quicker than its builds does not fill the queue")
    func slow() async throws {
        try await withScheduler { fixture in
            let pipeline = try await fixture.pipeline(schedule: always("rate(1 minute)"))
            for minute in 1...5 { try await fixture.look(at: "2026-11-26T12:0\(minute):01Z") }
            #expect(try await fixture.builds().count == 1)
            #expect(try await fixture.next(pipeline) == "2026-11-26T12:06:00Z")
            try await fixture.end(.available)
            try await fixture.look(at: "2026-11-26T12:06:00Z")
            #expect(try await fixture.builds().count == 2)
        }
    }

    @Test("With nothing newer in the recipe a run is left out; a component's build and a parent's image are something")
    func updates() async throws {
        try await withScheduler { fixture in
            let parent = NewResource(
                .image, name: "parent", version: ResourceVersion(1, 0, 0), document: Data("{}".utf8))
            let me = ProcessIdentity.current
            func finish(_ state: ImageState) async throws {
                let image = try await fixture.store.enqueue(NewImageBuild(image: parent)).image
                _ = try await fixture.store.claim(image, by: me, lease: .seconds(60))
                for step in [ImageState.creating, .building, state] {
                    _ = try await fixture.store.transition(image, to: step, by: me)
                }
            }
            try await finish(.available)
            // Nothing is said of a condition: the service's default.
            let pipeline = try await fixture.pipeline(
                schedule: ["scheduleExpression": "cron(0 3 * * ? *)"],
                parent: "arn:aws:imagebuilder:us-east-1:123456789012:image/parent/x.x.x")
            var expected = 0
            func builds(at day: Int, _ isBuilt: Bool, _ why: Comment) async throws {
                try await fixture.look(at: "2026-12-\(day < 10 ? "0" : "")\(day)T03:00:00Z")
                expected += isBuilt ? 1 : 0
                #expect(try await fixture.builds().filter { $0.pipeline == pipeline }.count == expected, why)
                #expect(try await fixture.next(pipeline) == "2026-12-\(day < 9 ? "0" : "")\(day + 1)T03:00:00Z")
            }
            try await builds(at: 1, true, "it has no build yet")
            try await fixture.end(.failed)
            try await builds(at: 2, true, "the last one came to nothing")
            try await fixture.end(.available)
            try await builds(at: 3, false, "nothing is newer")
            try await fixture.addComponent("1.0.0", "cat")
            try await builds(at: 4, true, "the component has another build")
            try await fixture.end(.available)
            try await fixture.addComponent("2.0.0")
            try await builds(at: 5, true, "the component has another version")
            try await fixture.end(.available)
            try await finish(.failed)
            try await builds(at: 6, false, "a failed parent is none")
            try await finish(.available)
            try await builds(at: 7, true, "the parent is newer")
            try await fixture.end(.available)
            try await builds(at: 8, false, "nothing is newer again")
        }
    }

    @Test("Failures in a row disable the pipeline, also those that ended while nobody looked")
    func failures() async throws {
        try await withScheduler { fixture in
            let pipeline = try await fixture.pipeline(schedule: always("cron(0 3 * * ? *)", failures: 2))
            try await fixture.look(at: "2026-11-27T03:00:00Z")
            try await fixture.end(.failed)
            try await fixture.look(at: "2026-11-27T03:10:00Z")
            #expect(try await fixture.store.runs(of: pipeline)?.consecutiveFailures == 1)
            try await fixture.look(at: "2026-11-28T03:00:00Z")
            try await fixture.end(.failed)
            // Another server, that goes on where the first one was.
            let other = PipelineScheduler(
                store: fixture.store, cursorFile: fixture.folder.appending("cursor.json"),
                clock: fixture.scheduler.clock)
            try await other.prepare()
            try await other.look()
            #expect(try await fixture.store.resource(pipeline)?.state == "DISABLED")
            #expect(try await fixture.next(pipeline) == nil)
            try await fixture.update(pipeline, schedule: always("cron(0 3 * * ? *)", failures: 2))
            #expect(try await fixture.store.runs(of: pipeline)?.consecutiveFailures == 0)
            #expect(try await fixture.next(pipeline) != nil)
        }
    }

    @Test("Pipelines that somebody else registers get their run too, and keep one that is due")
    func registered() async throws {
        try await withScheduler { fixture in
            let pipeline = try await fixture.pipeline(schedule: always("cron(0 3 * * ? *)"))
            try await fixture.store.setNextRun(nil, of: pipeline)
            try await fixture.scheduler.prepare()
            #expect(try await fixture.next(pipeline) == "2026-11-27T03:00:00Z")
            // Changed in the store, as kiln apply does it.
            let stored = try #require(try await fixture.store.resource(pipeline))
            let document = String(decoding: stored.document, as: UTF8.self).replacing("cron(0 3", with: "cron(0 5")
            _ = try await fixture.store.update(ResourceUpdate(pipeline, document: Data(document.utf8)))
            try await fixture.look(at: "2026-11-26T13:00:00Z")
            #expect(try await fixture.next(pipeline) == "2026-11-27T05:00:00Z")
            _ = try await fixture.store.update(ResourceUpdate(pipeline, document: stored.document))
            try await fixture.look(at: "2026-11-27T05:00:00Z")
            #expect(try await fixture.builds().count == 1)
        }
    }
}
