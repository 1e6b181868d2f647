import Builds
import Foundation
import Store
import Testing

@testable import KilnCommands

@Suite("Events of a build in Image Builder's words") struct ExecutionProgressTests {
    private typealias Change = ExecutionProgress.Change

    /// "started", "+Building", "-Building", "step c build", "failed c build", "note …", "action CreateImage".
    private func changes(_ events: [String], _ progress: inout ExecutionProgress) -> [Change] {
        events.flatMap { text in
            let words = text.split(separator: " ").map(String.init)
            func record(_ kind: EventRecord.Kind) -> EventRecord { EventRecord(kind, time: Date(), elapsed: 1) }
            var event: EventRecord
            switch words[0] {
            case "started":
                event = record(.started)
                event.build = "b-1"
            case "step", "failed", "passed":
                event = record(words[0] == "step" ? .stepStarted : .stepEnded)
                (event.component, event.phase, event.step) = (words[1], words[2], "s")
                event.log = "/h/builds/b-1/logs/\(words[2])/s.log"
                if words[0] != "step" { event.status = words[0] == "failed" ? "failed" : "success" }
                if words[0] == "failed" { event.reason = "exit code 3" }
            case "note":
                event = record(.note)
                event.text = String(text.dropFirst(5))
            case "action":
                event = record(.action)
                event.action = words[1]
            case "ended":
                event = record(.ended)
                (event.status, event.reason) = ("FAILED", String(text.dropFirst(6)))
            default:
                event = record(text.hasPrefix("+") ? .stageStarted : .stageEnded)
                event.stage = String(text.dropFirst())
            }
            return progress.changes(for: event)
        }
    }

    private func statuses(_ changes: [Change]) -> [String] {
        changes.compactMap { change in
            switch change {
            case .state(let state): state.rawValue
            case .begin(let workflow): "begin \(workflow.rawValue)"
            case .step(let name, let status, nil): "\(name) \(status.rawValue)"
            case .end(let workflow): "end \(workflow.rawValue)"
            case .step, .log, .guest, .beginOwn, .update, .wait, .endOwn: nil
            }
        }
    }

    @Test("A whole build goes through three workflows and all states, and skips what has nothing to do")
    func whole() {
        var progress = ExecutionProgress()
        let all = changes(
            [
                "started", "+Creating", "-Creating", "+Building", "step c build", "passed c build", "step d validate",
                "action SanitizeInstance", "note cleaned 3 paths", "action CreateImage", "-Building",
                "+Testing", "note booting the test guest", "step c test", "-Testing", "+Distributing", "-Distributing",
            ], &progress)
        #expect(
            statuses(all) == [
                "CREATING", "begin BUILD", "LaunchBuildInstance RUNNING", "BUILDING", "LaunchBuildInstance COMPLETED",
                "ApplyBuildComponents RUNNING", "ApplyBuildComponents COMPLETED", "InventoryCollection SKIPPED",
                "RunSanitizeScript RUNNING", "RunSanitizeScript COMPLETED", "CreateOutputAMI RUNNING",
                "CreateOutputAMI COMPLETED", "TerminateBuildInstance RUNNING", "TerminateBuildInstance COMPLETED",
                "end BUILD", "TESTING", "begin TEST", "LaunchTestInstance RUNNING", "LaunchTestInstance COMPLETED",
                "ApplyTestComponents RUNNING", "ApplyTestComponents COMPLETED", "TerminateTestInstance RUNNING",
                "TerminateTestInstance COMPLETED", "end TEST", "DISTRIBUTING", "begin DISTRIBUTION",
                "DistributeImage RUNNING", "DistributeImage COMPLETED", "end DISTRIBUTION",
            ])
        #expect(progress.build == "b-1")
        #expect(all.contains(.guest("LaunchBuildInstance", "kiln-b-1-build")))
        #expect(all.contains(.guest("LaunchTestInstance", "kiln-b-1-test")))
        #expect(all.contains(.log("ApplyTestComponents", file: "/h/builds/b-1/logs/test/s.log")))
        #expect(all.contains(.step("ApplyBuildComponents", .running, message: "d: validate: s")))
    }

    @Test("Components that are all kept from earlier are skipped, and so is a stage without them")
    func kept() {
        var progress = ExecutionProgress()
        let all = changes(
            ["started", "+Creating", "+Building", "action CreateImage", "-Building", "+Testing", "-Testing"],
            &progress)
        #expect(statuses(all).contains("ApplyBuildComponents SKIPPED"))
        #expect(statuses(all).contains("RunSanitizeScript SKIPPED"))
        #expect(statuses(all).contains("ApplyTestComponents SKIPPED"))
    }

    @Test("Packages that are listed are a step of their own")
    func listed() {
        var progress = ExecutionProgress()
        let all = changes(
            [
                "started", "+Creating", "+Building", "step c build", "action CollectImageMetadata",
                "action SanitizeInstance",
            ], &progress)
        #expect(
            statuses(all).suffix(4) == [
                "ApplyBuildComponents COMPLETED", "InventoryCollection RUNNING", "InventoryCollection COMPLETED",
                "RunSanitizeScript RUNNING",
            ])
    }

    @Test(
        "A build for which nothing has changed goes straight to its distribution, through states that follow each other"
    )
    func unchanged() {
        var progress = ExecutionProgress()
        let all = changes(["started", "+Distributing", "-Distributing"], &progress)
        #expect(
            statuses(all) == [
                "CREATING", "BUILDING", "DISTRIBUTING", "begin DISTRIBUTION", "DistributeImage RUNNING",
                "DistributeImage COMPLETED", "end DISTRIBUTION",
            ])
    }

    @Test("A workflow of the user's is what its events say, and the stages behind it are Amazon's")
    func own() throws {
        func event(_ kind: EventRecord.Kind, _ change: (inout EventRecord) -> Void) -> EventRecord {
            var event = EventRecord(kind, time: Date(), elapsed: 1)
            change(&event)
            return event
        }
        var progress = ExecutionProgress()
        #expect(changes(["started"], &progress) == [.state(.creating)])
        let begun = progress.changes(
            for: event(.workflowStarted) {
                ($0.workflow, $0.type, $0.group) = ("arn:w", "BUILD", "one")
                $0.steps = [.init(name: "Ask", action: "WaitForAction", description: "asks")]
            })
        let steps = [NewStepExecution(name: "Ask", action: "WaitForAction", stepDescription: "asks")]
        #expect(
            begun == [
                .state(.building),
                .beginOwn(
                    NewWorkflowExecution(workflow: "arn:w", type: "BUILD", parallelGroup: "one", steps: steps)),
            ])
        let started = progress.changes(
            for: event(.workflowStepStarted) { ($0.step, $0.action, $0.inputs) = ("Ask", "WaitForAction", "{}") })
        #expect(started == [.update("Ask", StepUpdate(status: .running, inputs: Data("{}".utf8)))])
        #expect(progress.changes(for: event(.workflowStepWaiting) { $0.step = "Ask" }) == [.wait("Ask")])
        #expect(
            changes(["step c build"], &progress) == [
                .update("Ask", StepUpdate(status: .running, message: "c: build: s")),
                .log("Ask", file: "/h/builds/b-1/logs/build/s.log"),
            ])
        let ended = progress.changes(
            for: event(.workflowStepEnded) { ($0.step, $0.status, $0.reason) = ("Ask", "FAILED", "no") })
        #expect(ended == [.update("Ask", StepUpdate(status: .failed, message: "no"))])
        #expect(
            progress.changes(for: event(.workflowEnded) { $0.status = "COMPLETED" })
                == [.endOwn(.completed, message: nil)])
        #expect(statuses(changes(["+Testing"], &progress)).prefix(2) == ["TESTING", "begin TEST"])
    }

    @Test("A failed step is told with its reason, and the build's end keeps its own")
    func failed() {
        var progress = ExecutionProgress()
        let all = changes(
            ["started", "+Creating", "+Building", "step c build", "failed c build", "ended it is over"], &progress)
        #expect(
            all.suffix(2) == [
                .step("ApplyBuildComponents", .running, message: "c: build: s failed: exit code 3"),
                .log("ApplyBuildComponents", file: "/h/builds/b-1/logs/build/s.log"),
            ])
        #expect(progress.reason == "it is over")
    }

    @Test("What kiln says last is the reason of a build that has not begun, with the errors of its documents before it")
    func reasons() {
        #expect(ImageExecution.reason([]) == nil)
        #expect(ImageExecution.reason(["kiln: no libvirt", "  try: kiln doctor"]) == "no libvirt")
        let document = [
            "/h/documents/a.json:1:1: warning: not used", "/h/documents/a.yaml:3:1: error: unknown action",
            "kiln: 1 error",
        ]
        #expect(ImageExecution.reason(document) == "a.yaml:3:1: error: unknown action")
    }
}
