/// A workflow as a pipeline or an image names it.
public struct WorkflowUse: Sendable, Hashable {
    public enum FailureAction: String, Sendable, Hashable, CaseIterable {
        /// The image fails with the workflow.
        case abort = "ABORT"
        case `continue` = "CONTINUE"
    }

    public let arn: ImageBuilderARN
    /// The workflow of the template that is meant; nil for Amazon's.
    public let logicalID: String?
    public let parameters: [String: [String]]
    public let parallelGroup: String?
    public let onFailure: FailureAction
    public let position: SourcePosition

    /// By its ARN.
    public var type: WorkflowType? {
        arn.name.split(separator: "/").first.flatMap { WorkflowType(rawValue: $0.uppercased()) }
    }
}

extension WorkflowUse {
    init?(_ reader: MappingReader, links: ResourceLinks) {
        let text = reader.positionedString("WorkflowArn", required: true)
        let given = GivenParameters(reader, of: "the workflow's parameter")
        parallelGroup = reader.string("ParallelGroup")
        onFailure = reader.choice("OnFailure", FailureAction.self) ?? .abort
        parameters = given.values
        position = reader.node.position
        guard let text else { return nil }
        if let managed = try? ImageBuilderARN(text.value), managed.type == .workflow, managed.isManaged {
            arn = managed
            logicalID = nil
            return
        }
        guard let reference = links.reference(text, to: .workflow) else { return nil }
        arn = reference.arn
        logicalID = reference.logicalID
        guard let workflow = links.workflows.first(where: { $0.logicalID == reference.logicalID }) else { return }
        check(workflow.document, given.places, at: text.position, reader.diagnostics)
    }

    /// The parameters given must be the workflow's, and those without a default must be given.
    private func check(
        _ document: WorkflowDocument, _ places: [String: SourcePosition], at position: SourcePosition,
        _ diagnostics: Diagnostics
    ) {
        let names = document.parameters.map(\.name)
        for (name, place) in places {
            guard let parameter = document.parameters.first(where: { $0.name == name }) else {
                diagnostics.error(
                    at: place, "the workflow '\(arn.name)' has no parameter '\(name)'",
                    hint: Suggestion.hint(for: name, in: names))
                continue
            }
            if let value = parameters[name], parameter.value(of: value) == nil {
                diagnostics.error(
                    at: place, "the parameter '\(name)' of the workflow '\(arn.name)' takes \(parameter.kind.phrase)")
            }
        }
        for parameter in document.parameters where parameter.defaultValue == nil && places[parameter.name] == nil {
            diagnostics.error(
                at: position,
                "the parameter '\(parameter.name)' of the workflow '\(arn.name)' has no default and is not given",
                hint: "add it to the workflow's parameters")
        }
    }
}

extension WorkflowParameter.Kind {
    fileprivate var phrase: String {
        switch self {
        case .string: "one text"
        case .integer: "one whole number"
        case .boolean: "true or false"
        case .stringList: "texts"
        }
    }
}
