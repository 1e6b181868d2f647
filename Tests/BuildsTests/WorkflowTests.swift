import Documents
import Failures
import Foundation
import HostSystem
import Synchronization
import SystemPackage
import Testing

@testable import Builds

@Suite("Workflows of the user's in a build") struct WorkflowTests {
    private static let launch = "- {name: Launch, action: LaunchInstance}"
    private static let image =
        "- {name: Image, action: CreateImage, inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}}"

    /// A plan with one workflow beside Amazon's.
    private func plan(
        _ steps: String, type: String = "BUILD", use: String = "", more: String = ""
    ) throws -> BuildPlan {
        let lines = steps.split(separator: "\n").map { "                  \($0)" }.joined(separator: "\n")
        let text = """
            Resources:
              R:
                Type: AWS::ImageBuilder::ImageRecipe
                Properties: {Name: recipe, Version: 1.0.0, ParentImage: debian-12, Components: [{ComponentArn: !Ref C}]}
              C:
                Type: AWS::ImageBuilder::Component
                Properties:
                  Name: tool
                  Version: 1.0.0
                  Platform: Linux
                  Data: |
                    schemaVersion: 1.0
                    phases: [{name: build, steps: [{name: A, action: ExecuteBash, inputs: {commands: [ls]}}]}]
              I:
                Type: AWS::ImageBuilder::InfrastructureConfiguration
                Properties: {Name: infrastructure, InstanceProfileName: role}
              W:
                Type: AWS::ImageBuilder::Workflow
                Properties:
                  Name: flow
                  Version: 1.0.0
                  Type: \(type)
                  Data: |
                    schemaVersion: 1.0
                    parameters: [{name: limit, type: integer, default: 3}]
                    steps:
            \(lines)
              L:
                Type: AWS::ImageBuilder::ImagePipeline
                Properties:
                  Name: pipeline
                  ImageRecipeArn: !Ref R
                  InfrastructureConfigurationArn: !Ref I
                  Workflows: [\(more){WorkflowArn: !Ref W\(use)}]
            """
        return try BuildPlan.make(
            from: try Template.parse(text: text, file: "t.yaml").resolve(), pipeline: nil, base: "/base")
    }

    private func problems(_ steps: String, type: String = "BUILD") -> [String] {
        do {
            _ = try plan(steps, type: type)
            return []
        } catch let failure as DocumentFailure {
            return failure.diagnostics.filter { $0.severity == .error }.map(\.message)
        } catch {
            return ["\(error)"]
        }
    }

    @Test("The workflows of a pipeline are those of its stages; what it does not name is Amazon's, or is not done")
    func stages() throws {
        let build = try plan("\(Self.launch)\n\(Self.image)", use: ", Parameters: [{Name: limit, Value: ['5']}]")
        #expect(build.workflows.build?.name == "flow" && build.workflows.build?.parameters == ["limit": .integer(5)])
        #expect(build.workflows.tests?.isEmpty == true && build.workflows.distribution == nil)
        let managed = "{WorkflowArn: 'arn:aws:imagebuilder:us-east-1:aws:workflow/test/test-image/x.x.x'}, "
        let both = try plan("\(Self.launch)\n\(Self.image)", more: managed)
        #expect(both.workflows.build != nil && both.workflows.tests == nil)
        let test = try plan(Self.launch, type: "TEST", use: ", OnFailure: CONTINUE", more: managed)
        #expect(test.workflows.build == nil && test.workflows.tests?.map(\.name) == ["test-image", "flow"])
        #expect(test.workflows.tests?.map(\.continues) == [false, true])
        #expect(build.digest != both.digest)
    }

    @Test("Orders that cannot work are told before the build")
    func orders() {
        #expect(problems(Self.launch) == ["the workflow flow makes no image"])
        let lone = "- {name: Image, action: CreateImage, inputs: {instanceId: i-1}}"
        #expect(
            problems("\(lone)\n\(Self.launch)").first
                == "the step 'Image' has no instance: none is launched before it")
        let end = "- {name: End, action: TerminateInstance, inputs: {instanceId: i-1}}"
        #expect(
            problems("\(Self.launch)\n\(end)\n\(Self.image)") == [
                "the step 'Image' has no instance: it was terminated before"
            ])
        let command = "- {name: Run, action: RunCommand, inputs: {instanceId: i-1, documentName: AWS-UpdateSSMAgent}}"
        #expect(
            problems("\(Self.launch)\n\(command)\n\(Self.image)") == [
                "the step 'Run' runs the command document AWS-UpdateSSMAgent, which is not on this machine"
            ])
        let late = command.replacing("AWS-UpdateSSMAgent", with: "AWS-RunShellScript")
        #expect(
            problems("\(Self.launch)\n\(Self.image)\n\(late)") == [
                "the step 'Run' has no instance: here it ends with CreateImage"
            ])
    }

    @Test("What cannot be done here is refused, unless its 'if' says that it is not to be done")
    func obstacles() {
        let prepare = "- {name: Prep, action: RunSysPrep, inputs: {instanceId: i-1}"
        #expect(
            problems("\(Self.launch)\n\(prepare)}\n\(Self.image)") == [
                "the step 'Prep' cannot be done here: it is for Windows, which is not built by Kiln"
            ])
        let windows = "\(prepare), if: {stringEquals: Windows, value: $.imagebuilder.platform}}"
        #expect(problems("\(Self.launch)\n\(windows)\n\(Self.image)") == [])
    }

    /// A workflow's steps, what is done by each, and what was told.
    private func run(
        _ steps: String, _ perform: @escaping @Sendable (WorkflowStep, WorkflowValue) throws -> WorkflowStepEnd
    ) async throws -> (told: [String], failure: String?) {
        let plan = try plan(steps, type: "TEST")
        let flow = try #require(plan.workflows.tests?.first)
        let told = Mutex<[String]>([])
        var run = WorkflowRun(flow, plan, earlier: ["earlier": ["key": .string("x")]]) { event in
            switch event {
            case .stepEnded(let name, let end): told.withLock { $0.append("\(name) \(end.status.rawValue)") }
            case .started, .stepStarted, .stepWaiting, .stepRolledBack, .ended: break
            }
        }
        var failure: String?
        do { _ = try await run.run { try perform($0, $1) } } catch { failure = BuildFailure(error).message }
        return (told.withLock { $0 }, failure)
    }

    @Test("A step is skipped by its 'if', which asks what steps before it have said; one that fails may be passed over")
    func conditions() async throws {
        let steps = """
            \(Self.launch)
            - {name: One, action: WaitForAction}
            - {name: Two, action: WaitForAction, if: {stringEquals: go, value: $.stepOutputs.One.reason}}
            - {name: Three, action: WaitForAction, if: {stringEquals: stay, value: $.stepOutputs.One.reason}}
            - {name: Four, action: WaitForAction, onFailure: Continue}
            - {name: Five, action: WaitForAction, if: {stringEquals: go, value: $.stepOutputs.Four.reason}}
            - {name: Six, action: WaitForAction, inputs: {payload: '{{ $.parameters.limit }} {{ $.workflowOutputs.earlier.key }}'}}
            - {name: Seven, action: WaitForAction}
            - {name: Eight, action: WaitForAction}
            """
        let done = try await run(steps) { step, inputs in
            switch step.name {
            case "Four", "Seven": throw BuildFailure(.failed, "\(step.name) broke")
            case "Six": #expect(inputs == .mapping(["payload": .string("3 x")]))
            default: break
            }
            return WorkflowStepEnd(.completed, outputs: ["reason": .string("go")])
        }
        #expect(
            done.told == [
                "Launch COMPLETED", "One COMPLETED", "Two COMPLETED", "Three SKIPPED", "Four FAILED", "Five SKIPPED",
                "Six COMPLETED", "Seven FAILED",
            ])
        #expect(done.failure == "Seven broke")
    }

    @Test("No event shows a secret, and the steps have it")
    func secrets() async throws {
        var plan = try plan(
            """
            - {name: One, action: WaitForAction, inputs: {payload: a hidden word}}
            - {name: Two, action: WaitForAction, if: {stringEquals: hidden, value: $.stepOutputs.One.reason}}
            """, type: "TEST")
        plan.secrets = ["hidden"]
        let told = Mutex<[String]>([])
        let flow = try #require(plan.workflows.tests?.first)
        var run = WorkflowRun(flow, plan, earlier: [:]) { event in
            guard let line = try? EventRecord(event, time: Date(), elapsed: 0).line else { return }
            told.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }
        _ = try await run.run { step, inputs in
            if step.name == "One" { #expect(inputs["payload"] == .string("a hidden word")) }
            return WorkflowStepEnd(.completed, outputs: ["reason": .string("hidden")])
        }
        let lines = told.withLock { $0 }
        #expect(lines.count == 6 && !lines.contains { $0.contains("SKIPPED") }, "\(lines)")
        #expect(!lines.contains { $0.contains("hidden") && !$0.contains("workflowStarted") }, "\(lines)")
    }

    @Test("A command is the script of its parameters, in its folder and within its time")
    func commands() throws {
        let inputs = WorkflowValue.mapping([
            "documentName": .string("AWS-RunShellScript"),
            "parameters": .mapping([
                "commands": .list([.string("echo \"a\""), .string("ls")]),
                "workingDirectory": .list([.string("/it's")]),
                "executionTimeout": .list([.string("60")]),
            ]),
        ])
        let step = try #require(try CommandDocument.make(inputs, timeoutSeconds: 100).phases.first?.steps.first)
        #expect(step.timeoutSeconds == 60)
        #expect(
            step.inputs?["commands"]?.elements?.compactMap(\.text?.source) == [
                "cd '/it'\\''s' || exit", "echo \"a\"", "ls",
            ])
        #expect(throws: BuildFailure.self) {
            try CommandDocument.make(.mapping(["documentName": .string("Mine")]), timeoutSeconds: 1)
        }
    }

    @Test("A step waits for one answer, and says so in the build's folder; nobody's answer comes to nothing")
    func waiting() async throws {
        let path = FilePath("/tmp/kiln-wait-\(UUID().uuidString.prefix(8))")
        let home = KilnHome(data: path, cache: path.appending("cache"))
        let folder = BuildFolder(home: home, id: "b-1")
        try Folders.create(folder.path)
        defer { try? Folders.remove(path) }
        let wait = StepWait(folder)
        #expect(throws: BuildFailure.self) { try wait.answer(StepWait.Answer(.resume, reason: nil)) }
        let pending = StepWait.Pending(workflow: "w", step: "s", until: Date(timeIntervalSince1970: 9))
        let answer = try await wait.wait(for: pending, limit: .seconds(60)) {
            #expect(wait.pending == pending)
            #expect(throws: Never.self) { try wait.answer(StepWait.Answer(.stop, reason: "why")) }
            #expect(throws: BuildFailure.self) { try wait.answer(StepWait.Answer(.resume, reason: nil)) }
        }
        #expect(answer == StepWait.Answer(.stop, reason: "why") && wait.pending == nil)
        #expect(try await wait.wait(for: pending, limit: .zero) {} == nil)
        let task = Task { try await wait.wait(for: pending, limit: .seconds(600)) {} }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(wait.pending == nil)
    }
}
