import Documents
import Failures
import Foundation
import ImageBuilderAPI
import Store

/// A resource of a template as the API would be asked for it. ARNs of others in it are those that `Ref` has given: which build
/// they are of, is known when those are stored.
struct WantedResource: Sendable {
    let logicalID: String
    let type: ResourceType
    let kind: ResourceKind
    /// The members of a request for it.
    private let members: JSONValue
    /// Of a component or workflow: its document, which may lie in another file.
    let text: String?
    /// As the document has it, for messages about it.
    let resolved: ResolvedResource
    /// Whether the template says which state it is in.
    var saysState: Bool { members["status"] != nil }
    /// What `Ref` has given to others.
    let reference: String

    /// Nil for what is made, not stored: images.
    ///
    /// - Parameter source: the document of a component or workflow, where it was found.
    init?(_ resolved: ResolvedResource, source: String?) throws {
        guard let arn = resolved.arn, let kind = ResourceKind(rawValue: arn.type.rawValue) else { return nil }
        var members = TemplateMembers.object(resolved.properties)
        members["name"] = members["name"] ?? arn.name
        if let source {
            members["uri"] = nil
            members["data"] = source
        }
        self.resolved = resolved
        logicalID = resolved.logicalID
        type = resolved.type
        self.kind = kind
        reference = arn.description
        text = (members["data"] ?? members["dockerfileTemplateData"]) as? String
        self.members = try JSONValue(parsing: Array(try JSONSerialization.data(withJSONObject: members)))
    }

    /// What is asked for, with what others are called by now.
    ///
    /// - Throws: what the API would answer.
    func request(_ names: [String: String]) throws(ResourceRequest.Refusal) -> ResourceRequest {
        try ResourceRequest(kind, checking: Self.renamed(members, names))
    }

    /// Whole values alone: what stands within a text is the text's.
    private static func renamed(_ value: JSONValue, _ names: [String: String]) -> JSONValue {
        switch value {
        case .string(let text): .string(names[text] ?? text)
        case .array(let elements): .array(elements.map { renamed($0, names) })
        case .object(let members): .object(members.mapValues { renamed($0, names) })
        default: value
        }
    }
}
