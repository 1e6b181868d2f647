public import Documents

/// A workflow of the user's, as a build runs it: its parameters have their values.
public struct PlannedWorkflow: Sendable {
    public var arn: ImageBuilderARN
    public var type: WorkflowType
    public var document: WorkflowDocument
    public var parameters: [String: WorkflowValue]
    public var group: String?
    /// Whether the image goes on where the workflow fails.
    public var continues: Bool

    /// Without its type.
    public var name: String { arn.name.split(separator: "/").last.map(String.init) ?? arn.name }
}

/// What a build is to do by workflows of the user's.
public struct PlannedWorkflows: Sendable {
    /// Nil: as Amazon's does, the fast way.
    public var build: PlannedWorkflow?
    /// Nil: as Amazon's does.
    public var tests: [PlannedWorkflow]?
    /// Nil: as Amazon's does.
    public var distribution: PlannedWorkflow?
    /// For `$.imagebuilder`.
    var instanceProfile = ""
    var terminatesOnFailure = true

    init() {}

    /// All of the user's.
    public var own: [PlannedWorkflow] { [build].compactMap { $0 } + (tests ?? []) + [distribution].compactMap { $0 } }

    /// What decides what they do; empty where there are none.
    var ingredients: [String] {
        let own = own.flatMap { workflow in
            [workflow.type.rawValue, workflow.document.source, "\(workflow.continues)"]
                + workflow.parameters.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value.text] }
        }
        return own + (tests?.isEmpty == true ? ["no tests"] : [])
    }
}

extension PlannedWorkflows {
    /// The build and the distribution are done as ever where the list has no workflow for them; without one for tests, nothing
    /// is tested, as the service has it.
    ///
    /// - Throws: `DocumentFailure` for a workflow that is not in the template, or a second one for the build.
    init(_ template: ResolvedTemplate, _ pipeline: ImagePipeline) throws(DocumentFailure) {
        let infrastructure = template.infrastructure(of: pipeline)
        instanceProfile = infrastructure?.instanceProfileName ?? ""
        terminatesOnFailure = infrastructure?.terminatesInstanceOnFailure ?? true
        guard !pipeline.workflows.isEmpty else { return }
        var problems: [Diagnostic] = []
        var found: [WorkflowType: [PlannedWorkflow?]] = [:]
        for use in pipeline.workflows {
            guard let type = use.type else { continue }
            if type != .test, found[type] != nil {
                problems.append(
                    Diagnostic(
                        .error, at: use.position, "the pipeline has a second workflow of type \(type.rawValue)",
                        hint: "one for the build, one for the distribution, up to ten for the tests"))
                continue
            }
            if use.arn.isManaged {
                found[type, default: []].append(type == .test ? Self.standardTest(use) : nil)
            } else if let workflow = use.logicalID.flatMap(template.workflow) {
                found[type, default: []].append(PlannedWorkflow(workflow, use))
            } else {
                problems.append(
                    Diagnostic(.error, at: use.position, "the workflow \(use.arn) is not in the template"))
            }
        }
        guard problems.isEmpty else { throw DocumentFailure(problems) }
        build = found[.build]?.first ?? nil
        distribution = found[.distribution]?.first ?? nil
        let tests = (found[.test] ?? []).compactMap { $0 }
        let isStandard = pipeline.workflows.filter { $0.type == .test }.allSatisfy(\.arn.isManaged)
        if tests.isEmpty || !isStandard { self.tests = Self.byGroup(tests) }
    }

    /// Groups come in the order in which they are first named, and so do the workflows of each.
    private static func byGroup(_ workflows: [PlannedWorkflow]) -> [PlannedWorkflow] {
        var groups: [String] = []
        for workflow in workflows {
            if let group = workflow.group, !groups.contains(group) { groups.append(group) }
        }
        // One without a group is a group by itself.
        var told: Set<String> = []
        return workflows.flatMap { workflow -> [PlannedWorkflow] in
            guard let group = workflow.group else { return [workflow] }
            return told.insert(group).inserted ? workflows.filter { $0.group == group } : []
        }
    }

    /// Amazon's, beside others of the user's.
    private static func standardTest(_ use: WorkflowUse) -> PlannedWorkflow? {
        let text = """
            name: test-image
            schemaVersion: 1.0
            steps:
              - {name: LaunchTestInstance, action: LaunchInstance, inputs: {waitFor: ssmAgent}}
              - name: ApplyTestComponents
                action: ExecuteComponents
                inputs: {instanceId.$: $.stepOutputs.LaunchTestInstance.instanceId}
              - name: TerminateTestInstance
                action: TerminateInstance
                onFailure: Continue
                inputs: {instanceId.$: $.stepOutputs.LaunchTestInstance.instanceId}
            """
        guard let document = try? WorkflowDocument.parse(text: text, file: "test-image", type: .test) else {
            return nil
        }
        return PlannedWorkflow(
            arn: use.arn, type: .test, document: document, parameters: [:], group: use.parallelGroup,
            continues: use.onFailure == .continue)
    }
}

extension PlannedWorkflow {
    init(_ workflow: Workflow, _ use: WorkflowUse) {
        var values: [String: WorkflowValue] = [:]
        for parameter in workflow.document.parameters {
            values[parameter.name] =
                use.parameters[parameter.name].flatMap { parameter.value(of: $0) } ?? parameter.defaultValue
        }
        self.init(
            arn: workflow.arn, type: workflow.type, document: workflow.document, parameters: values,
            group: use.parallelGroup, continues: use.onFailure == .continue)
    }
}
