import Documents
import Failures
import Foundation
import Store

/// A resource of a template as the store should have it. ARNs of others in it are those that `Ref` has given: which build
/// they are of, is known when those are stored.
struct WantedResource: Sendable {
    let logicalID: String
    let type: ResourceType
    var resource: NewResource
    /// What `Ref` has given to others.
    let reference: String
    /// Of a recipe whose version counts on by itself ("1.0.x").
    let pattern: ResourceVersionPattern?

    /// Nil for what is made, not stored: images.
    ///
    /// - Parameter component: what is known of the document of a component.
    init?(_ resolved: ResolvedResource, component: Component?, platform: String) throws {
        guard let arn = resolved.arn, let kind = ResourceKind(rawValue: arn.type.rawValue) else { return nil }
        var members = TemplateMembers.object(resolved.properties)
        let name = members["name"] as? String ?? arn.name
        let version = (members["semanticVersion"] as? String).flatMap(ResourceVersionPattern.init)
        let tags = members["tags"] as? [String: String] ?? [:]
        let workflowType = kind == .workflow ? members["type"] as? String : nil
        let state = members["status"] as? String
        for member in ["name", "semanticVersion", "tags", "status", "clientToken", "dryRun"] { members[member] = nil }
        Self.complete(&members, kind, component, platform)

        logicalID = resolved.logicalID
        type = resolved.type
        reference = arn.description
        pattern = version?.exact == nil ? version : nil
        let hasState = [.imagePipeline, .lifecyclePolicy].contains(kind)
        resource = NewResource(
            kind, name: name, version: version?.exact, workflowType: workflowType,
            document: try JSONSerialization.data(
                withJSONObject: members, options: [.sortedKeys, .withoutEscapingSlashes]),
            tags: tags, references: kind == .lifecyclePolicy ? [] : Self.references(in: members),
            state: kind == .component ? "ACTIVE" : hasState ? state ?? "ENABLED" : nil)
    }

    /// What the API adds to what it is given.
    private static func complete(
        _ members: inout [String: Any], _ kind: ResourceKind, _ component: Component?, _ platform: String
    ) {
        switch kind {
        case .component:
            guard let document = component?.document else { return }
            members["uri"] = nil
            members["data"] = document.source
            members["type"] = document.phases.map(\.name) == [ComponentPhase.test] ? "TEST" : "BUILD"
            members["encrypted"] = true
            members["obfuscate"] = false
            members["parameters"] = document.parameters.map { parameter -> [String: Any] in
                var entry: [String: Any] = ["name": parameter.name, "type": "String"]
                if let value = parameter.defaultValue { entry["defaultValue"] = [value] }
                if let description = parameter.description { entry["description"] = description }
                return entry
            }
        case .containerRecipe:
            members["encrypted"] = true
            members["platform"] = members["platformOverride"] ?? platform
            members["instanceImage"] = (members["instanceConfiguration"] as? [String: Any])?["image"]
            for member in ["platformOverride", "imageOsVersionOverride"] { members[member] = nil }
        case .imageRecipe:
            members["type"] = "AMI"
            members["platform"] = platform
        case .imagePipeline:
            members["platform"] = platform
            members["enhancedImageMetadataEnabled"] = members["enhancedImageMetadataEnabled"] ?? true
            let tests = members["imageTestsConfiguration"] as? [String: Any] ?? [:]
            members["imageTestsConfiguration"] = ["imageTestsEnabled": true, "timeoutMinutes": 720]
                .merging(tests) { $1 }
        case .infrastructureConfiguration:
            members["terminateInstanceOnFailure"] = members["terminateInstanceOnFailure"] ?? true
        case .distributionConfiguration:
            members["timeoutMinutes"] = 720
        default: break
        }
    }

    /// The ARNs of this service anywhere in it, each once, in order.
    private static func references(in value: Any) -> [String] {
        var found: [String] = []
        switch value {
        case let members as [String: Any]:
            for key in members.keys.sorted() { found += members[key].map(references(in:)) ?? [] }
        case let elements as [Any]: for element in elements { found += references(in: element) }
        case let text as String where (try? ResourceARN(text)) != nil: found = [text]
        default: break
        }
        var seen: Set<String> = []
        return found.filter { seen.insert($0).inserted }
    }

    /// With what others are called by now.
    func renamed(_ names: [String: String]) -> NewResource {
        var renamed = resource
        renamed.references = resource.references.map { names[$0] ?? $0 }
        var text = String(decoding: resource.document, as: UTF8.self)
        // Whole values alone; a text within a text has other quotes.
        for (old, new) in names where old != new { text = text.replacing("\"\(old)\"", with: "\"\(new)\"") }
        renamed.document = Data(text.utf8)
        return renamed
    }
}
