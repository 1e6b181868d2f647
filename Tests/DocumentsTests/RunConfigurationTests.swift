import Documents
import Testing

@Suite("A run's configuration and parameters")
struct RunConfigurationTests {
    private let document = """
        schemaVersion: 1.0
        parameters:
          - Word: {type: string}
          - Size: {type: string, default: small}
        phases: [{name: build, steps: [{name: a, action: ExecuteBash, inputs: {commands: [echo]}}]}]
        """

    private func component(_ text: String? = nil) throws -> ComponentDocument {
        try ComponentDocument.parse(text: text ?? document, file: "d.yaml")
    }

    @Test("The guide's example is read whole")
    func example() throws {
        let text = """
            {
              "documents": [
                {"path": "one.yaml", "parameters": [{"name": "dayofweek", "value": "Monday"}]},
                {"path": "s3://bucket/two.yaml"}
              ],
              "phases": "build,test", "parameters": [{"name": "project", "value": "examples"}],
              "cwLogGroup": "g", "cwLogStream": "s", "documentS3BucketOwner": "123456789012", "executionId": "7",
              "logDirectory": "/var/log", "logS3BucketName": "b", "logS3KeyPrefix": "k", "logS3BucketOwner": "o",
              "stateDirectory": "/var", "trace": true, "cwIgnoreFailures": true, "cwLogRegion": "r"
            }
            """
        let read = try RunConfiguration.parse(text: text, file: "c.json")
        #expect(read.documents.map(\.path.value) == ["one.yaml", "s3://bucket/two.yaml"])
        #expect(read.documents[0].parameters.map(\.value) == ["Monday"])
        #expect(read.parameters.map(\.name) == ["project"])
        #expect(read.phases == "build,test" && read.executionID == "7" && read.trace == true && read.namesCloudWatch)
        #expect(read.logS3KeyPrefix == "k" && read.stateDirectory == "/var" && read.warnings.isEmpty)
    }

    @Test("Mistakes are told with their places; keys that the runner passes over are warnings")
    func mistakes() throws {
        let text = """
            {"documents": [{"paht": "a"}, 7], "trace": "yes", "parameters": {"a": "b"}}
            """
        let problems = Problems.lines { () throws(DocumentFailure) in
            _ = try RunConfiguration.parse(text: text, file: "c.json")
        }
        #expect(problems.contains { $0.hasPrefix("c.json:1:16: error: the document needs 'path'") }, "\(problems)")
        #expect(problems.contains { $0.contains("unknown key 'paht'") && $0.contains("did you mean 'path'?") })
        #expect(problems.contains { $0.contains("must be a mapping, found") })
        #expect(problems.contains { $0.contains("'trace' of the run's configuration must be true or false") })
        #expect(problems.contains { $0.contains("'parameters' of the run's configuration must be a list") })
        #expect(
            Problems.lines { () throws(DocumentFailure) in _ = try RunConfiguration.parse(text: "{}", file: "c.json") }
                .count == 1)
        let read = try RunConfiguration.parse(
            text: #"{"documents": [{"path": "a"}], "executonId": "1"}"#, file: "c.json")
        #expect(read.warnings.map(\.description).first?.contains("did you mean 'executionId'?") == true)
    }

    @Test(
        "Parameters are read in the runner's form and in the AWS CLI's",
        arguments: [
            ("A=1,B=2", ["A=1", "B=2"]), ("A=x=y", ["A=x=y"]), ("A=1,2,3,B=", ["A=1,2,3", "B="]),
            ("name=A,value=1,name=B,value=2", ["A=1", "B=2"]), ("Name=A,Value=x,y", ["A=x,y"]),
            ("name=A", ["name=A"]), ("value=1,name=A", ["value=1", "name=A"]),
        ])
    func forms(text: String, expected: [String]) throws {
        let read = RunParameters.parse(text, for: [try component()])
        #expect(read?.map { "\($0.name)=\($0.value)" } == expected)
    }

    @Test("A document with a parameter 'name' is meant by it; what is no form at all is nil")
    func ambiguous() throws {
        let named = try component(document.replacing("Word", with: "name").replacing("Size", with: "value"))
        #expect(RunParameters.parse("name=A,value=1", for: [named])?.map(\.value) == ["A", "1"])
        #expect(RunParameters.parse("A", for: []) == nil)
        #expect(RunParameters.parse("=1", for: []) == nil)
    }

    @Test("A document gets its own values before those for all, and only those it has")
    func values() throws {
        func parameter(_ name: String, _ value: String) -> RunConfiguration.Parameter {
            RunConfiguration.Parameter(name: name, value: value, position: .start(of: "c.json"))
        }
        let document = try component()
        let all = RunParameters(
            global: [parameter("Word", "all"), parameter("Other", "1")], form: "--parameters NAME=…")
        let (values, problems) = all.values(for: document, own: [parameter("Word", "own")])
        #expect(values == ["Word": "own"] && problems.isEmpty)
        #expect(all.unknown(to: [document]).map(\.message) == ["no document has a parameter 'Other'"])
        let none = RunParameters(global: [], form: "--parameters NAME=…").values(
            for: document, own: [parameter("Wort", "1")])
        #expect(none.problems.count == 2)
        #expect(none.problems[0].hint == "did you mean 'Word'?")
        #expect(none.problems[1].description.contains("(--parameters Word=…)"))
    }
}
