import Foundation
import Glibc
import HostSystem
import Store
import SystemPackage
import Testing

@testable import Builds

/// `kiln build --all` on real guests.
@Suite(.serialized, .enabled(if: CommandHome.isThere)) struct AllPipelinesTests {
    private static func template(_ recipes: [(name: String, parent: String, script: String)]) -> String {
        var text = """
            Resources:
              Infra:
                Type: AWS::ImageBuilder::InfrastructureConfiguration
                Properties: {Name: infra, InstanceProfileName: none}

            """
        for (name, parent, script) in recipes {
            text += """
                  \(name)Component:
                    Type: AWS::ImageBuilder::Component
                    Properties:
                      Name: \(name)
                      Version: 1.0.0
                      Platform: Linux
                      Data: |
                        schemaVersion: 1.0
                        phases:
                          - name: build
                            steps:
                              - name: Work
                                action: ExecuteBash
                                inputs:
                                  commands:
                                    - \(script)
                  \(name)Recipe:
                    Type: AWS::ImageBuilder::ImageRecipe
                    Properties:
                      Name: \(name)
                      Version: 1.0.0
                      ParentImage: \(parent)
                      Components:
                        - ComponentArn: !Ref \(name)Component
                  \(name):
                    Type: AWS::ImageBuilder::ImagePipeline
                    Properties:
                      Name: \(name)
                      ImageRecipeArn: !Ref \(name)Recipe
                      InfrastructureConfigurationArn: !Ref Infra
                      ImageTestsConfiguration: {ImageTestsEnabled: false}

                """
        }
        return text
    }

    @Test(
        "Pipelines take turns where the budget is small; one that fails stops those on its image and no other",
        .timeLimit(.minutes(10)))
    func failure() async throws {
        try await withCommandHome { home in
            let own = "arn:aws:imagebuilder:us-east-1:000000000000:image"
            try home.write(
                "t.yaml",
                Self.template([
                    ("Good", "debian-12", "echo good > /root/good"), ("Bad", "debian-12", "exit 3"),
                    ("OnBad", "\(own)/bad/x.x.x", "true"), ("OnGood", "\(own)/good/x.x.x", "test -s /root/good"),
                ]))
            try home.write("kiln.yaml", TestTemplate.settings)
            let kiln = try home.kiln(
                ["build", "t.yaml", "--all", "--no-export", "--guest-cpus", "1"], results: "results.txt")
            let end = try await kiln.end(within: .seconds(500))
            #expect(end.status == 1)
            let results = try String(decoding: Folders.read(home.work.appending("results.txt")), as: UTF8.self)
            #expect(
                results == """
                    Good: done
                    Bad: failed with status 1
                    OnBad: not begun: its parent comes from Bad
                    OnGood: done

                    """)
            #expect(end.output.contains("waiting for processors and memory"))
            #expect(end.output.contains("Bad    │ kiln: "))
            let states = Dictionary(
                uniqueKeysWithValues: BuildFolder.all(home: home.home).map { ($0.recipe, $0.state) })
            #expect(states == ["Good": .available, "Bad": .failed, "OnGood": .available])
            let stored = try await home.storedBuilds()
            #expect(
                stored.mapValues(\.state.rawValue)
                    == ["good/1.0.0/1": "AVAILABLE", "bad/1.0.0/1": "FAILED", "ongood/1.0.0/1": "AVAILABLE"])
            #expect(stored["bad/1.0.0/1"]?.stateReason?.contains("exit code 3") == true, "\(stored)")
            #expect(stored.values.allSatisfy { $0.claim == nil && $0.isByHand && $0.attempt == 1 })
            try home.expectNothingLeft(of: kiln)
        }
    }

    @Test("^C ends all of them in order", .timeLimit(.minutes(10)))
    func interrupted() async throws {
        try await withCommandHome { home in
            try home.write(
                "t.yaml",
                Self.template([
                    ("First", "debian-12", "echo first-runs; sleep 600"),
                    ("Second", "debian-12", "echo second-runs; sleep 600"),
                ]))
            try home.write("kiln.yaml", TestTemplate.settings)
            let kiln = try home.kiln(["build", "t.yaml", "--all", "--json"], results: "events.jsonl")
            let events = home.work.appending("events.jsonl")
            try await kiln.wait(for: "both to run") {
                let text = (try? Folders.read(events)).map { String(decoding: $0, as: UTF8.self) } ?? ""
                return text.contains("first-runs\"") && text.contains("second-runs\"")
            }
            #expect(home.processes("qemu-system").count == 2)
            kiln.signal(SIGINT)
            #expect(try await kiln.end().status == 130)
            #expect(BuildFolder.all(home: home.home).map(\.state) == [.cancelled, .cancelled])
            let stored = try await home.storedBuilds()
            #expect(
                stored.mapValues(\.stateReason) == [
                    "first/1.0.0/1": "The build was interrupted.", "second/1.0.0/1": "The build was interrupted.",
                ])
            #expect(stored.values.allSatisfy { $0.state == .cancelled && $0.claim == nil })
            for line in try Folders.read(events).split(separator: 10) {
                let event = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
                #expect(["First", "Second"].contains(event["pipeline"] as? String))
            }
            try home.expectNothingLeft(of: kiln)
        }
    }
}
