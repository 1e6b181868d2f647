import Documents
import Failures
import Foundation
import Synchronization
import SystemPackage
import Testing

@testable import Components

@Suite("Results, logs and secrets") struct ResultTests {
    @Test("A run's folder is laid out as the component runner's, and its results say what became of each step")
    func folder() async throws {
        let harness = Harness()
        let folder = try LogFolder(
            below: harness.folder.appending("run"), executionID: "id-1",
            start: Date(timeIntervalSince1970: 1_625_142_896))
        #expect(folder.path.lastComponent?.string == "TOE_2021-07-01_12-34-56_UTC-0_id-1")
        let text = document(
            bash("a", "echo hello", "error oops", "exit 3", also: "onFailure: Ignore")
                + bash("each", "echo {{ loop.value }}", also: "loop: {forEach: [x, y]}\ntimeoutSeconds: -1"),
            head: "description: what it does")
        try folder.keep(try ComponentDocument.parse(text: text, file: "t"), number: 1)
        let result = try await harness.run(text, console: folder.console)
        let summary = try folder.finish([result])
        #expect(
            summary
                == RunSummary(
                    [result], executionID: "id-1", logURL: folder.path.string))
        #expect(summary.executedStepCount == 2 && summary.ignoredFailedStepCount == 1 && summary.failedStepCount == 0)
        #expect(summary.status == .successWithIgnoredFailure && summary.failureMessage.isEmpty)
        func file(_ name: String) throws -> String {
            try String(contentsOfFile: folder.path.appending(name).string, encoding: .utf8)
        }
        #expect(try file("document.yaml") == text)
        let console = try file("console.log")
        for line in [
            "Info CmdExecution: Stdout: hello", "Info CmdExecution: Stderr: oops", "Info CmdExecution: ExitCode 3",
            "Stdout: y",
        ] {
            #expect(console.contains(line), "\(line)")
        }
        let json = try #require(
            try JSONSerialization.jsonObject(with: Data(try file("detailedoutput.json").utf8)) as? [String: Any])
        #expect(json["executionId"] as? String == "id-1")
        #expect(json["startTime"] as? String == "2021-07-01T12:34:56Z")
        let inner = try #require((json["documents"] as? [[String: Any]])?.first)
        #expect(inner["description"] as? String == "what it does")
        let steps = try #require((inner["phases"] as? [[String: Any]])?.first?["steps"] as? [[String: Any]])
        #expect(steps[0]["status"] as? String == "ignoredfailure")
        #expect(steps[0]["inputs"] as? String == #"{"commands":["echo hello","error oops","exit 3"]}"#)
        #expect(steps[1]["timeoutSeconds"] as? Int == -1)
        #expect(steps[1]["outputs"] as? String == #"[{"stdout":"x\ny"}]"#)
        #expect((steps[1]["iterations"] as? [[String: Any]])?.count == 2)
        #expect(try file("chaining.json").contains("build.each"))
    }

    @Test("A secret is a value for later steps, and in no file, event, result or error")
    func secrets() async throws {
        let secret = "p\"w\n1"
        let harness = Harness(
            secrets: [secret, "hunter2"],
            components: [
                "arn:i": document(bash("x", "echo {{ Word }}", "exit 1"), head: "parameters: [{Word: {type: string}}]")
            ])
        let text = document(
            bash("a", "print hun", "print ter2")
                + bash(
                    "b", "append /tmp/f {{ build.a.outputs.stdout }}", "echo {{ build.a.outputs.stdout }}",
                    also: "loop: {forEach: [hunter2]}")
                + "- {name: put, action: CreateFile, inputs: [{path: /tmp/odd, content: '{{ Odd }}'}]}\n"
                + bash("cat", "cat /tmp/odd")
                + "- {name: is, action: Assert, onFailure: Continue, inputs: {patternMatches: '(hunter2', value: x}}\n"
                + bash("quiet", "echo silent", also: "disableLogging: true")
                + bash("dies", "error hunter2", "exit 1", also: "onFailure: Continue")
                + "- {name: n, action: ExecuteDocument, inputs: {document: 'arn:i', parameters: [{name: Word, value: hunter2}]}}\n",
            head: "description: about hunter2\nparameters: [{Odd: {type: string}}]")
        let folder = try LogFolder(below: harness.folder, executionID: "id")
        let result = try await harness.run(text, parameters: ["Odd": secret], console: folder.console)
        try folder.finish([result])
        #expect(harness.guest.text("/tmp/f") == "hunter2")
        #expect(harness.guest.text("/tmp/odd") == secret)
        #expect(
            result.steps.map(\.status) == [.success, .success, .success, .success, .failed, .success, .failed, .failed])
        let error = #expect(throws: ComponentFailure.self) { try result.demandSuccess() }
        let shown = String(decoding: harness.outputs.withLock { $0 }, as: UTF8.self)
        let events = harness.events.withLock { $0 }.joined()
        let everything = harness.everythingWritten + shown + events + "\(error?.description ?? "")\(result)"
        #expect(!everything.contains("hunter2"))
        #expect(!everything.contains(#"p\"w\n1"#) && !everything.contains("w\n1"))
        #expect(!everything.contains("silent"))
        #expect(shown.contains("***"))
        // What a run can go on from has its secrets, but not in the form that is kept.
        let position = try #require(harness.places.withLock { $0.last?.position })
        let sealed = try position.sealed(harness.secrets)
        #expect(!String(decoding: sealed, as: UTF8.self).contains("hunter2"))
        #expect(try RunPosition.opened(sealed, harness.secrets) == position)
    }

    @Test("A step that prints a gibibyte leaves memory as it is and its log whole", .timeLimit(.minutes(5)))
    func flood() async throws {
        let harness = Harness()
        let peak = Mutex(0)
        let before = Self.residentKiB
        let watch = Task {
            while !Task.isCancelled {
                peak.withLock { $0 = max($0, Self.residentKiB) }
                try? await Task.sleep(for: .milliseconds(20))
            }
        }
        let result = try await harness.run(document(bash("a", "flood 1024")))
        watch.cancel()
        let log = result.steps[0].log
        let size = try FileManager.default.attributesOfItem(atPath: log)[.size] as? Int
        #expect(size == 1 << 30)
        #expect(peak.withLock { $0 } - before < 100 << 10, "KiB more than before")
    }

    /// Of this process.
    static var residentKiB: Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS") }
        return line.flatMap { Int($0.split(separator: " ").dropLast().last ?? "") } ?? 0
    }
}
