import Foundation
import Glibc
import HostSystem
import LocalS3
import SystemPackage
import Testing

/// `kiln run` as a user of AWS's component runner has it, on real guests; what is checked is read as scripts read it.
@Suite(.serialized) struct RunTests {
    static let secret = "hunter2-sesame"

    /// A document with steps of ExecuteBash, one command each.
    static func document(
        _ name: String, parameters: [String] = [], _ steps: [(phase: String, name: String, command: String)]
    ) -> String {
        var text = "name: \(name)\nschemaVersion: 1.0\n"
        if !parameters.isEmpty {
            text += "parameters:\n" + parameters.map { "  - \($0): {type: string}\n" }.joined()
        }
        text += "phases:\n"
        for phase in ["build", "validate", "test"] where steps.contains(where: { $0.phase == phase }) {
            text += "  - name: \(phase)\n    steps:\n"
            for step in steps where step.phase == phase {
                text += "      - name: \(step.name)\n        action: ExecuteBash\n"
                text += "        inputs:\n          commands:\n            - |\n"
                for line in step.command.split(separator: "\n") { text += "              \(line)\n" }
            }
        }
        return text
    }

    static func writeSettings(_ home: CommandHome) throws { try home.write("kiln.yaml", "network: none\n") }

    /// Runs a Python script on the results, in the working folder: it ends with an error where they are not as they should be.
    static func check(_ home: CommandHome, _ script: String) async throws {
        let python = HostCommand(
            "python3", ["-c", script, home.work.string], environment: ["SECRET": secret], limit: .seconds(60))
        let output = try await python.output()
        #expect(output.status == 0, "\(output.standardOutput)\(output.standardError)")
    }

    @Test(
        "Documents of a configuration run in order on one guest, and leave the runner's summary and logs, also in S3",
        .enabled(if: CommandHome.isThere && LocalS3.isInstalled), .timeLimit(.minutes(6)))
    func configuration() async throws {
        try await withCommandHome { home in
            try Self.writeSettings(home)
            try home.write(
                "first.yaml",
                Self.document(
                    "First", parameters: ["Word", "Project"],
                    [
                        ("build", "say", "echo {{ Word }} {{ Project }}\necho to-stderr >&2"),
                        ("build", "keep", "echo '{{ build.say.outputs.stdout }}' > /root/kept"),
                        ("test", "never", "exit 9"),
                    ]))
            try home.write(
                "second.yaml",
                Self.document(
                    "Second", parameters: ["Project", "Password"],
                    [
                        ("validate", "see", "grep -x 'hello kiln' /root/kept"),
                        ("build", "tell", "echo the password is {{ Password }}"),
                    ]))
            try home.write(
                "run.json",
                """
                {
                  "documents": [
                    {"path": "first.yaml", "parameters": [{"name": "Word", "value": "hello"}]},
                    {"path": "second.yaml", "parameters": [{"name": "Password", "value": "\(Self.secret)"}]}
                  ],
                  "parameters": [{"name": "Project", "value": "kiln"}],
                  "phases": "validate,build", "logDirectory": "logs", "logS3KeyPrefix": "kept/here",
                  "cwLogGroup": "group", "executionId": "from-the-file"
                }
                """)
            let s3 = try await LocalS3.shared()
            let kiln = try home.kiln(
                [
                    "run", "--config", "run.json", "--execution-id", "id-1", "-b", LocalS3.bucket, "--secret",
                    "Password", "-t",
                ], results: "summary.json", adding: s3.environment)
            let ended = try await kiln.end()
            #expect(ended.status == 0, "\(ended.output)")
            #expect(ended.output.contains("CloudWatch") && !ended.output.contains(Self.secret))
            try await Self.check(home, Self.checks)
            let listed = try await s3.aws("s3", "ls", "--recursive", "s3://\(LocalS3.bucket)/kept/here/")
            for name in ["console.log", "application.log", "detailedoutput.json", "chaining.json", "document.yaml"] {
                #expect(listed.contains("_id-1/\(name)\n"), "\(listed)")
            }
            try home.expectNothingLeft(of: kiln)
            let kept = try Folders.names(in: home.root).filter { !["cache", "run", "tmp", "work"].contains($0) }
            // The layers are one that has no component: the guest that has booted.
            #expect(kept == ["guests", "images.lock", "layers", "layers.lock", "log.txt", "runs"])
        }
    }

    /// What a script would look at after the run above.
    private static let checks = #"""
        import glob, json, os, re, sys
        os.chdir(sys.argv[1])
        text = open('summary.json').read()
        # As the runner prints it: there are scripts that look for it so.
        assert re.search('"executedStepCount": 4,\n', text), text
        summary = json.loads(text)
        assert list(summary) == ['executionId', 'status', 'failedStepCount', 'executedStepCount',
                                 'ignoredFailedStepCount', 'failureMessage', 'logUrl'], summary
        assert summary['status'] == 'success' and summary['failureMessage'] == '', summary
        folders = os.listdir('logs')
        assert len(folders) == 1 and re.fullmatch(r'TOE_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d_UTC-0_id-1', folders[0]), folders
        assert summary['logUrl'] == 's3://kiln-tests/kept/here/' + folders[0], summary
        os.chdir('logs/' + folders[0])
        detail = json.load(open('detailedoutput.json'))
        assert detail['executionId'] == 'id-1' and detail['status'] == 'success', detail
        first, second = detail['documents']
        assert (first['name'], first['filePath']) == ('First', 'first.yaml'), first
        # In the order of the document, whatever the order in which they were asked for.
        assert [p['name'] for p in second['phases']] == ['build', 'validate'], second
        say, keep = first['phases'][0]['steps']
        assert json.loads(say['outputs']) == [{'stdout': 'hello kiln'}], say
        assert 'hello kiln' in keep['inputs'] and keep['timeoutSeconds'] == 7200, keep
        chaining = json.load(open('chaining.json'))
        assert chaining['documents'][0]['steps']['build.say']['outputs'] == say['outputs'], chaining
        stamp = r'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} Info '
        console = open('console.log').read().splitlines()
        assert all(re.match(stamp, line) for line in console), console
        told = [re.sub('^' + stamp, '', line) for line in console]
        assert told[:4] == ['Document first.yaml', 'Phase build', 'Step say',
                            'CmdExecution: Stdout: hello kiln'], told
        assert 'CmdExecution: Stderr: to-stderr' in told and 'CmdExecution: ExitCode 0' in told, told
        assert told[-1] == 'TOE has completed execution successfully', told
        assert 'Document second.yaml' in told and 'CmdExecution: Stdout: the password is ***' in told, told
        assert 'Second › build › tell: success' in open('application.log').read()
        assert open('document.yaml').read().startswith('name: First')
        assert open('document-2.yaml').read().startswith('name: Second')
        assert os.path.getsize('guest-console.log') > 0
        for path in glob.glob('**', recursive=True):
            if os.path.isfile(path):
                assert os.environ['SECRET'].encode() not in open(path, 'rb').read(), path
        """#

    @Test("Every slip is told before a guest starts, with its place", .timeLimit(.minutes(2)))
    func slips() async throws {
        try await withCommandHome { home in
            try home.write(
                "good.yaml", Self.document("Good", parameters: ["Word"], [("build", "a", "echo {{ Word }}")]))
            try home.write("bad.yaml", "name: Bad\nschemaVersion: 1.0\nphases:\n  - name: build\n    stepz: []\n")
            try home.write(
                "windows.yaml",
                "schemaVersion: 1.0\nphases:\n"
                    + "  - {name: build, steps: [{name: a, action: UninstallMSI, inputs: {path: x}}]}\n")
            try home.write("t.yaml", "Resources: {}\n")
            try home.write("c.json", #"{"documents": [{"path": "good.yaml"}], "logDirektory": "x"}"#)
            func expect(
                _ arguments: String..., status: Int32, says text: String, location: SourceLocation = #_sourceLocation
            ) async throws {
                let ended = try await home.kiln(["run"] + arguments).end(within: .seconds(30))
                #expect(ended.status == status, "\(ended.output)", sourceLocation: location)
                #expect(ended.output.contains(text), "\(ended.output)", sourceLocation: location)
            }
            try await expect(status: 2, says: "give --documents or --config")
            try await expect("-c", "c.json", "good.yaml", status: 2, says: "exclude each other")
            try await expect("good.yaml", "--parameters", "Word", status: 2, says: "takes NAME=VALUE")
            try await expect("good.yaml", "--secret", "Word2", "--parameters", "Word=1", status: 2, says: "Word2")
            try await expect("nowhere.yaml", status: 65, says: "nowhere.yaml:1:1: error:")
            try await expect("bad.yaml", status: 65, says: "bad.yaml:5:5: error: unknown key 'stepz'")
            try await expect("t.yaml", status: 65, says: "this is a template")
            try await expect("windows.yaml", status: 65, says: "is for Windows")
            try await expect("good.yaml", status: 65, says: "good.yaml:4:5: error: the parameter 'Word' has no default")
            try await expect("good.yaml", "--parameters", "Wort=1,Word=2", status: 65, says: "did you mean 'Word'?")
            try await expect(
                "good.yaml", "--parameters", "Word=1", "--blocked-action-modules", "ExecuteBash", status: 65,
                says: "is blocked")
            try await expect("-c", "c.json", status: 65, says: "did you mean 'logDirectory'?")
            try await expect(
                "arn:aws:imagebuilder:us-east-1:000000000000:component/a/1.0.0/1", status: 65, says: "--template")
            try await expect("-v", status: 0, says: ".")
            try home.expectNothingLeft()
            #expect(try Folders.names(in: home.work).filter { $0.hasPrefix("TOE_") } == [])
        }
    }
}
