import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Builds

/// Builds whose workflow asks somebody; nothing runs in a guest of theirs, so that none boots.
@Suite(.serialized, .enabled(if: CommandHome.isThere)) struct WorkflowWaitTests {
    private static let template =
        TestTemplate(components: [("Tool", [.init(name: "Never", script: "exit 1")])], tests: false).text + """
              W:
                Type: AWS::ImageBuilder::Workflow
                Properties:
                  Name: asked
                  Version: 1.0.0
                  Type: BUILD
                  Data: |
                    schemaVersion: 1.0
                    steps:
                      - {name: Launch, action: LaunchInstance, inputs: {waitFor: ssmAgent}}
                      - {name: Approve, action: WaitForAction, timeoutSeconds: 300}
                      - name: Image
                        action: CreateImage
                        inputs: {instanceId.$: $.stepOutputs.Launch.instanceId}

            """

    private static var text: String {
        template.replacing(
            "      Name: pipeline\n", with: "      Name: pipeline\n      Workflows: [{WorkflowArn: !Ref W}]\n")
    }

    private func begin(_ home: CommandHome) async throws -> (KilnProcess, BuildFolder) {
        let kiln = try home.kiln(["build", "t.yaml", "--no-export"])
        try await kiln.wait(forOutput: "Approve waits for an answer")
        let build = try #require(BuildFolder.all(home: home.home).first { !$0.state.isFinal })
        return (kiln, home.folder(of: build))
    }

    private func action(_ home: CommandHome, _ words: [String]) async throws -> KilnProcess.Ended {
        try await home.kiln(["action"] + words, log: "action").end()
    }

    @Test("kiln action goes on with a build that waits, or ends it; ^C ends it in order", .timeLimit(.minutes(5)))
    func answers() async throws {
        try await withCommandHome { home in
            try home.write("t.yaml", Self.text)
            try home.write("kiln.yaml", TestTemplate.settings)
            #expect(try await action(home, ["resume"]).status == 65)

            let (stopped, folder) = try await begin(home)
            #expect(StepWait(folder).pending?.step == "Approve")
            #expect(try await action(home, ["b-none", "resume"]).status == 65)
            let build = folder.path.lastComponent?.string ?? ""
            #expect(try await action(home, [build, "stop", "--reason", "not now"]).status == 0)
            #expect(try await stopped.end().status == 1)
            #expect(stopped.output.contains("the step Approve was stopped: not now"), "\(stopped.output)")

            let (interrupted, _) = try await begin(home)
            interrupted.signal(SIGINT)
            #expect(try await interrupted.end(within: .seconds(60)).status == 130)

            let (resumed, _) = try await begin(home)
            #expect(try await action(home, ["resume"]).status == 0)
            #expect(try await resumed.end().status == 0, "\(resumed.output)")
            #expect(!resumed.output.contains("booting"), "\(resumed.output)")
            try home.expectNothingLeft()
        }
    }
}
