import Foundation
import HostSystem
import Testing

@testable import Store

@Suite struct PipelineRunTests {
    private let me = ProcessIdentity.current

    /// A run of the pipeline that has ended.
    private func run(
        _ store: KilnStore, _ pipeline: String, scheduled: Bool, _ state: ImageState
    ) async throws -> String {
        let image = try await store.enqueue(
            NewImageBuild(image: .image("base"), pipeline: pipeline, isScheduled: scheduled)
        ).image
        _ = try await store.claim(image, by: me, lease: .seconds(60))
        _ = try await store.transition(image, to: .creating, by: me)
        _ = try await store.transition(image, to: state, by: me)
        return image
    }

    @Test("A due run is taken once, and the next is set with it")
    func take() async throws {
        try await withStore { store, clock in
            let pipeline = try await store.create(.pipeline("nightly")).arn
            #expect(try await store.runs(of: pipeline)?.nextRun == nil)
            let due = clock.now.addingTimeInterval(60.5)
            try await store.setNextRun(due, of: pipeline)
            #expect(try await store.dueRuns().isEmpty)
            clock.advance(by: 61)
            #expect(try await store.dueRuns().map(\.pipeline) == [pipeline])
            let next = due.addingTimeInterval(86400)
            let taken = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { try await store.takeRun(pipeline, due: due, next: next) } }
                return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            #expect(taken == 1)
            #expect(try await store.runs(of: pipeline)?.nextRun == next)
            #expect(try await store.dueRuns().isEmpty)
            await expect(.notFound) { try await store.setNextRun(due, of: pipeline + "-none") }
            #expect(try await store.runs(of: pipeline + "-none") == nil)
        }
    }

    @Test("Failures by schedule are counted in a row; the last one allowed disables the pipeline")
    func failures() async throws {
        try await withStore { store, clock in
            let pipeline = try await store.create(.pipeline("nightly")).arn
            try await store.setNextRun(clock.now, of: pipeline)
            func failures() async throws -> Int? { try await store.runs(of: pipeline)?.consecutiveFailures }
            func note(_ scheduled: Bool, _ state: ImageState) async throws -> Bool {
                let image = try await run(store, pipeline, scheduled: scheduled, state)
                let disabled = try await store.noteRun(image, disableAfter: 3)
                // Twice told is once counted.
                #expect(try await !store.noteRun(image, disableAfter: 3))
                return disabled
            }
            #expect(try await !note(true, .failed))
            #expect(try await failures() == 1)
            #expect(try await !note(false, .failed))
            #expect(try await failures() == 1)
            #expect(try await !note(true, .cancelled))
            #expect(try await failures() == 1)
            #expect(try await !note(false, .available))
            #expect(try await failures() == 0)
            for _ in 0..<2 { #expect(try await !note(true, .failed)) }
            #expect(try await failures() == 2)
            _ = try await store.update(ResourceUpdate(pipeline, document: json(["mended": true])))
            #expect(try await failures() == 0)
            for _ in 0..<2 { #expect(try await !note(true, .failed)) }
            #expect(try await note(true, .failed))
            let disabled = try await store.resource(pipeline)
            #expect(disabled?.state == "DISABLED" && disabled?.stateReason?.contains("3 scheduled") == true)
            #expect(try await store.runs(of: pipeline)?.nextRun == nil)
            #expect(try await store.events(after: 0, subject: pipeline).contains { $0.kind == .pipelineDisabled })
        }
    }

    @Test("A disabled pipeline is not due; the last run is remembered, and builds outlive their pipeline")
    func lastRun() async throws {
        try await withStore { store, clock in
            let pipeline = try await store.create(.pipeline("nightly")).arn
            let image = try await run(store, pipeline, scheduled: true, .failed)
            let runs = try #require(try await store.runs(of: pipeline))
            #expect(runs.lastRun == clock.now && runs.lastImage == image && runs.lastState == .failed)
            try await store.setNextRun(clock.now, of: pipeline)
            _ = try await store.update(ResourceUpdate(pipeline, state: "DISABLED"))
            #expect(try await store.dueRuns().isEmpty)
            try await store.delete(pipeline)
            #expect(try await !store.noteRun(image, disableAfter: 1))
            #expect(try await store.build(image)?.pipeline == pipeline)
        }
    }
}
