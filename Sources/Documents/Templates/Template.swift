/// A CloudFormation template as it is written: its sections read, nothing of it computed.
///
/// Format: the CloudFormation user guide, template anatomy; JSON is read by the same parser.
public struct Template: Sendable {
    public let file: String
    public let description: String?
    public let parameters: [TemplateParameter]
    /// In the order of the template.
    public let resources: [TemplateResource]
    public let outputs: [TemplateOutput]
    let mappings: [DocumentNode.Entry]
    let conditions: [DocumentNode.Entry]
    /// `Metadata: Kiln:` of the template itself.
    public let kiln: KilnSettings.Layer
    /// What is wrong with the sections; `resolve` reports it together with what it finds itself.
    public let diagnostics: [Diagnostic]

    public func parameter(_ name: String) -> TemplateParameter? {
        parameters.first { $0.name == name }
    }

    public func resource(_ logicalID: String) -> TemplateResource? {
        resources.first { $0.logicalID == logicalID }
    }
}

/// An entry of `Resources`.
public struct TemplateResource: Sendable {
    public let logicalID: String
    /// `AWS::ImageBuilder::Component`.
    public let type: String
    /// Nil: none are given.
    public let properties: DocumentNode?
    /// The name of the condition that decides whether the resource exists.
    public let condition: Positioned<String>?
    public let dependsOn: [Positioned<String>]
    /// `Metadata: Kiln:`.
    public let kiln: KilnSettings.Layer
    /// Of the logical ID.
    public let position: SourcePosition
    var keys = KeyStyle.asNamed
    /// Where it is none of the template's.
    var outside: OutsideResource?

    /// A property as it is written.
    func property(_ name: String) -> DocumentNode? {
        properties?[keys.spelled(name)]
    }
}

/// An entry of `Outputs`.
public struct TemplateOutput: Sendable {
    public let name: String
    public let description: String?
    public let value: DocumentNode
    public let condition: Positioned<String>?
    let exportName: DocumentNode?
}
