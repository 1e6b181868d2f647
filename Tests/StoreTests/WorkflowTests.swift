import Foundation
import Testing

@testable import Store

@Suite struct WorkflowTests {
    private func begin(_ store: KilnStore, _ image: String, steps: [String] = ["Launch", "Wait", "Stop"]) async throws
        -> WorkflowExecution
    {
        try await store.begin(
            NewWorkflowExecution(
                workflow: arn("workflow/build/build-image/1.0.2/1", account: "aws"), type: "BUILD",
                steps: steps.map { NewStepExecution(name: $0, action: "RunCommand", maximumAttempts: 2) }), of: image)
    }

    private func image(_ store: KilnStore) async throws -> String {
        try await store.enqueue(NewImageBuild(image: .image("base"))).image
    }

    @Test("A workflow counts its steps as they end")
    func counts() async throws {
        try await withStore { store, clock in
            let image = try await image(store)
            let begun = try await begin(store, image)
            #expect(begun.id.wholeMatch(of: /wf-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil)
            #expect(begun.status == .pending && begun.stepCount == 3 && begun.startedAt == nil && begun.image == image)
            _ = try await store.transition(workflowExecution: begun.id, to: .running)
            let steps = try await store.steps(of: begun.id, limit: 10).items
            #expect(steps.map(\.name) == ["Launch", "Wait", "Stop"] && steps.allSatisfy { $0.status == .pending })
            #expect(steps[0].id.wholeMatch(of: /step-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/) != nil)
            for (step, status) in zip(steps, [StepStatus.completed, .failed, .skipped]) {
                if status != .skipped { _ = try await store.updateStep(step.id, StepUpdate(status: .running)) }
                clock.advance(by: 1)
                _ = try await store.updateStep(step.id, StepUpdate(status: status))
            }
            let ended = try await store.transition(workflowExecution: begun.id, to: .failed, message: "a step failed")
            #expect((ended.stepsSucceeded, ended.stepsFailed, ended.stepsSkipped) == (1, 1, 1))
            #expect(ended.message == "a step failed" && ended.endedAt == clock.now && ended.startedAt != nil)
            await expect(.invalidState("FAILED")) {
                try await store.transition(workflowExecution: begun.id, to: .running)
            }
            try await store.markRetried(workflowExecution: begun.id)
            #expect(try await store.workflowExecution(begun.id)?.isRetried == true)
            await expect(.notFound) { try await store.markRetried(workflowExecution: "wf-none") }
        }
    }

    @Test("A step keeps what it is told, and its times")
    func steps() async throws {
        try await withStore { store, clock in
            let execution = try await begin(store, try await image(store), steps: ["Launch"])
            let id = try #require(try await store.steps(of: execution.id, limit: 1).items.first?.id)
            _ = try await store.updateStep(
                id, StepUpdate(status: .running, inputs: json(["a": 1]), logFile: "logs/launch.log"))
            let started = clock.now
            clock.advance(by: 3)
            _ = try await store.updateStep(id, StepUpdate(status: .running, message: "once more", attempt: 2))
            let done = try await store.updateStep(
                id, StepUpdate(status: .completed, outputs: json(["instanceId": "i"])))
            #expect(done.inputs == json(["a": 1]) && done.outputs == json(["instanceId": "i"]) && done.attempt == 2)
            #expect(done.message == "once more" && done.logFile == "logs/launch.log" && done.maximumAttempts == 2)
            #expect(done.startedAt == started && done.endedAt == clock.now)
            #expect(try await store.step(id) == done)
            await expect(.invalidState("COMPLETED")) { try await store.updateStep(id, StepUpdate(status: .running)) }
            await expect(.invalidDocument) { try await store.updateStep(id, StepUpdate(outputs: Data("1".utf8))) }
            await expect(.notFound) { try await store.updateStep("step-none", StepUpdate(message: "m")) }
        }
    }

    @Test("Every pair of a workflow's and of a step's statuses is allowed or refused as the tables say")
    func tables() async throws {
        let workflows: [WorkflowStatus: String] = [
            .pending: "RUNNING SKIPPED FAILED CANCELLED", .skipped: "", .completed: "", .rollbackCompleted: "",
            .running: "COMPLETED FAILED ROLLBACK_IN_PROGRESS CANCELLED", .failed: "ROLLBACK_IN_PROGRESS",
            .cancelled: "ROLLBACK_IN_PROGRESS", .rollbackInProgress: "ROLLBACK_COMPLETED FAILED CANCELLED",
        ]
        for status in WorkflowStatus.allCases {
            #expect(
                Set(status.next.map(\.rawValue))
                    == Set(workflows[status]?.split(separator: " ").map(String.init) ?? ["?"]))
        }
        let steps: [StepStatus: String] = [
            .pending: "RUNNING SKIPPED FAILED CANCELLED", .running: "RUNNING COMPLETED FAILED CANCELLED", .skipped: "",
            .completed: "", .failed: "", .cancelled: "",
        ]
        for status in StepStatus.allCases {
            #expect(
                Set(status.next.map(\.rawValue)) == Set(steps[status]?.split(separator: " ").map(String.init) ?? ["?"]))
        }
    }

    @Test("Executions and steps are shown page by page in their order")
    func pages() async throws {
        try await withStore { store, _ in
            let (image, other) = (try await image(store), try await image(store))
            var ids: [String] = []
            for _ in 0..<5 { ids.append(try await begin(store, image, steps: (0..<5).map { "Step\($0)" }).id) }
            _ = try await begin(store, other)
            var (shown, token): ([String], String?) = ([], nil)
            repeat {
                let page = try await store.workflowExecutions(of: image, limit: 2, token: token)
                (shown, token) = (shown + page.items.map(\.id), page.nextToken)
            } while token != nil
            #expect(shown == ids)
            let first = try await store.steps(of: ids[0], limit: 3)
            #expect(
                try await store.steps(of: ids[0], limit: 3, token: first.nextToken).items.map(\.name) == [
                    "Step3", "Step4",
                ])
            await expect(.invalidPageToken) { try await store.steps(of: ids[1], limit: 3, token: first.nextToken) }
        }
    }

    @Test("A step waits until it is answered, once")
    func waiting() async throws {
        try await withStore { store, clock in
            let (image, other) = (try await image(store), try await image(store))
            let execution = try await begin(store, image)
            let steps = try await store.steps(of: execution.id, limit: 10).items
            await expect(.invalidState("PENDING")) { try await store.wait(step: steps[0].id) }
            for step in steps.prefix(2) {
                _ = try await store.updateStep(step.id, StepUpdate(status: .running))
                try await store.wait(step: step.id)
                clock.advance(by: 1)
            }
            let page = try await store.waitingSteps(limit: 1)
            #expect(page.items.map(\.step.id) == [steps[0].id])
            #expect(try await store.waitingSteps(limit: 1, token: page.nextToken).items.map(\.step.id) == [steps[1].id])
            #expect(try await store.answer(to: steps[0].id) == nil)
            await expect(.notFound) { try await store.answer(step: steps[0].id, of: other, .resume) }
            await expect(.invalidState("PENDING")) { try await store.answer(step: steps[2].id, of: image, .resume) }
            try await store.answer(step: steps[0].id, of: image, .stop, reason: "looks wrong")
            #expect(
                try await store.answer(to: steps[0].id)
                    == StepAnswer(action: .stop, reason: "looks wrong", answeredAt: clock.now))
            await expect(.invalidState("RUNNING")) { try await store.answer(step: steps[0].id, of: image, .resume) }
            // One whose time is over waits no more.
            _ = try await store.updateStep(steps[1].id, StepUpdate(status: .failed))
            await expect(.invalidState("FAILED")) { try await store.answer(step: steps[1].id, of: image, .resume) }
            #expect(try await store.waitingSteps(limit: 10).items.isEmpty)
            let kinds = try await store.events(after: 0, subject: image).map(\.kind)
            #expect(kinds.count { $0 == .stepWaiting } == 2 && kinds.count { $0 == .stepAnswered } == 1)
        }
    }

    @Test("With an image its executions go")
    func deleted() async throws {
        try await withStore { store, _ in
            let image = try await image(store)
            let execution = try await begin(store, image)
            let step = try #require(try await store.steps(of: execution.id, limit: 1).items.first)
            _ = try await store.requestCancel(image)
            try await store.delete(image)
            #expect(try await store.workflowExecution(execution.id) == nil)
            #expect(try await store.step(step.id) == nil)
            try await store.check()
        }
    }
}
