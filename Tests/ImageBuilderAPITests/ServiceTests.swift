import Foundation
import Store
import Testing

@testable import ImageBuilderAPI

@Suite("The service") struct ServiceTests {
    static let component =
        "schemaVersion: 1.0\nphases: [{name: build, steps: [{name: a, action: ExecuteBash, inputs: {commands: [ls]}}]}]"

    @Test("has a function for each operation, and none besides")
    func table() async throws {
        try await withService { fixture in
            let handlers = Handlers(
                contract: .current, store: fixture.store, executions: fixture.store, documents: NoDocuments())
            #expect(Set(handlers.table.keys) == Set(Contract.current.operations.keys))
        }
    }

    /// Valid and broken requests made from the contract; each is answered, and only as the contract says.
    @Test("answers whatever is asked as its contract says", arguments: [1, 2, 3, 4] as [UInt64])
    func property(_ seed: UInt64) async throws {
        try await withService { fixture in
            var generator = RequestGenerator(seed: seed, known: try await Self.inventory(fixture))
            var (answered, refused) = (0, 0)
            let operations = Contract.current.operations.values.sorted { $0.name < $1.name }
            for round in 0..<6 {
                for operation in operations.shuffled(using: &generator.random) {
                    let input = generator.input(of: operation, broken: round % 2 == 1)
                    let answer = await fixture.service.answer(try fixture.request(operation.name, input, at: Date()))
                    let body = try JSONParser.parse(answer.body)
                    guard answer.status != 200 else {
                        answered += 1
                        #expect(throws: Never.self, "\(operation.name) \(body)") {
                            try ShapeCheck(contract: .current).checked(
                                Self.tagged(body), operation.output)
                        }
                        generator.known += body.texts.filter { $0.key.hasSuffix("Arn") }.values
                        continue
                    }
                    refused += 1
                    // A resource's ARN is part of a path: without it there is no such operation.
                    if answer.status == 404, answer.header("x-amzn-errortype") == "UnknownOperationException" {
                        continue
                    }
                    let name = answer.header("x-amzn-errortype") ?? "none"
                    #expect(
                        operation.errors.union(APIError.common).contains(name),
                        "\(operation.name): \(name) \(body) for \(input)")
                    #expect(answer.status == Contract.current.errors[name] && answer.status < 500, "\(name) \(body)")
                    #expect(body["message"]?.text?.isEmpty == false)
                }
            }
            // Otherwise the generator makes nothing that gets past the checks.
            #expect(answered > 40 && refused > 60, "\(answered) answered, \(refused) refused")
        }
    }

    /// The service answers `{}` where there are no tags, which its model's limits forbid in requests.
    private static func tagged(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let members):
            .object(members.filter { $0.key != "tags" || $0.value != [:] }.mapValues(tagged))
        case .array(let elements): .array(elements.map(tagged))
        default: value
        }
    }

    @Test("shows a build's workflows and steps, and takes an answer to a step that waits")
    func workflows() async throws {
        try await withService { fixture in
            let image = try await Self.image(fixture)
            let flow = try await fixture.ask(
                "CreateWorkflow",
                [
                    "name": "flow", "semanticVersion": "1.0.0", "type": "BUILD", "clientToken": "w",
                    "data": "name: a\nschemaVersion: 1.0\nsteps: [{name: Approve, action: WaitForAction}]",
                ])
            let workflow = try #require(flow.body["workflowBuildVersionArn"]?.text)
            let execution = try await fixture.store.begin(
                NewWorkflowExecution(
                    workflow: workflow, type: "BUILD",
                    steps: [NewStepExecution(name: "Approve", action: "WaitForAction")]), of: image)
            let listed = try await fixture.ask("ListWorkflowExecutions", ["imageBuildVersionArn": .string(image)])
            #expect(listed.body["workflowExecutions"]?.elements?.first?["workflowExecutionId"]?.text == execution.id)
            let got = try await fixture.ask("GetWorkflowExecution", ["workflowExecutionId": .string(execution.id)])
            #expect(got.body["totalStepCount"]?.integer == 1, "\(got)")
            let steps = try await fixture.ask(
                "ListWorkflowStepExecutions", ["workflowExecutionId": .string(execution.id)])
            let step = try #require(steps.body["steps"]?.elements?.first?["stepExecutionId"]?.text)
            #expect(try await fixture.ask("GetWorkflowStepExecution", ["stepExecutionId": .string(step)]).status == 200)

            let action: JSONValue = [
                "stepExecutionId": .string(step), "imageBuildVersionArn": .string(image), "action": "RESUME",
                "reason": "looks good", "clientToken": "t",
            ]
            #expect(try await fixture.ask("SendWorkflowStepAction", action).status == 400)
            _ = try await fixture.store.transition(workflowExecution: execution.id, to: .running)
            _ = try await fixture.store.updateStep(step, StepUpdate(status: .running))
            try await fixture.store.wait(step: step)
            let waiting = try await fixture.ask("ListWaitingWorkflowSteps", [:])
            #expect(waiting.body["steps"]?.elements?.first?["stepExecutionId"]?.text == step)
            let sent = try await fixture.ask("SendWorkflowStepAction", action)
            #expect(sent.status == 200, "\(sent)")
            #expect(try await fixture.store.answer(to: step)?.reason == "looks good")
            #expect(try await fixture.ask("ListWaitingWorkflowSteps", [:]).body["steps"] == [])
        }
    }

    @Test("reads documents by URI within limits, and says why it cannot")
    func documents() async throws {
        struct Source: DocumentSource {
            func text(at uri: String, limit: Int) async throws -> String {
                uri == "s3://a/large" ? String(repeating: "#", count: limit + 1) : ServiceTests.component
            }
        }
        let input: [String: JSONValue] = [
            "name": "one", "semanticVersion": "1.0.0", "platform": "Linux", "clientToken": "t",
        ]
        try await withService(documents: Source()) { fixture in
            let made = try await fixture.ask(
                "CreateComponent", .object(input.merging(["uri": "s3://a/b"]) { $1 }))
            let arn = try #require(made.body["componentBuildVersionArn"])
            let got = try await fixture.ask("GetComponent", ["componentBuildVersionArn": arn])
            #expect(got.body["component"]?["data"]?.text == Self.component)
            let large = try await fixture.ask(
                "CreateComponent", .object(input.merging(["uri": "s3://a/large", "clientToken": "u"]) { $1 }))
            #expect(large.error == "InvalidParameterValueException")
        }
        try await withService { fixture in
            let refused = try await fixture.ask(
                "CreateComponent", .object(input.merging(["uri": "s3://a/b"]) { $1 }))
            #expect(refused.body["message"]?.text?.contains("reads no documents by URI") == true)
        }
    }

    /// An image that waits to be built.
    static func image(_ fixture: ServiceFixture) async throws -> String {
        try #require(try await inventory(fixture).first { $0.contains(":image/") })
    }

    /// One resource of each kind.
    static func inventory(_ fixture: ServiceFixture) async throws -> [String] {
        var arns: [String] = []
        func make(_ name: String, _ input: JSONValue) async throws -> JSONValue {
            let token: JSONValue = ["clientToken": .string("inventory \(name)")]
            let members = (input.members ?? [:]).merging(token.members ?? [:]) { $1 }
            let made = try await fixture.ask(name, .object(members))
            let arn = try #require(made.body.texts.first { $0.key.hasSuffix("Arn") }?.value, "\(name) \(made)")
            arns.append(arn)
            return .string(arn)
        }
        let component = try await make(
            "CreateComponent",
            ["name": "one", "semanticVersion": "1.0.0", "platform": "Linux", "data": .string(Self.component)])
        let recipe = try await make(
            "CreateImageRecipe",
            [
                "name": "web", "semanticVersion": "1.0.0", "parentImage": "debian-12",
                "components": [["componentArn": component]],
            ])
        _ = try await make(
            "CreateContainerRecipe",
            [
                "name": "box", "semanticVersion": "1.0.0", "parentImage": "debian", "containerType": "DOCKER",
                "dockerfileTemplateData": "FROM x", "targetRepository": ["service": "ECR", "repositoryName": "r"],
            ])
        let infrastructure = try await make(
            "CreateInfrastructureConfiguration", ["name": "infra", "instanceProfileName": "profile"])
        let distribution = try await make(
            "CreateDistributionConfiguration", ["name": "here", "distributions": [["region": "us-east-1"]]])
        _ = try await make(
            "CreateWorkflow",
            [
                "name": "first", "semanticVersion": "1.0.0", "type": "TEST",
                "data": "name: a\nschemaVersion: 1.0\nsteps: [{name: Approve, action: WaitForAction}]",
            ])
        let pipeline = try await make(
            "CreateImagePipeline",
            [
                "name": "line", "imageRecipeArn": recipe, "infrastructureConfigurationArn": infrastructure,
                "distributionConfigurationArn": distribution,
            ])
        _ = try await make("StartImagePipelineExecution", ["imagePipelineArn": pipeline])
        _ = try await make(
            "CreateLifecyclePolicy",
            [
                "name": "old", "executionRole": "role", "resourceType": "AMI_IMAGE",
                "resourceSelection": ["tagMap": ["a": "b"]],
                "policyDetails": [
                    ["action": ["type": "DELETE"], "filter": ["type": "AGE", "value": 1, "unit": "DAYS"]]
                ],
            ])
        return arns
    }
}
