import Documents
import Foundation
import HostSystem
import Store

/// Stored resources as the inputs of the AWS CLI commands that make them, as far as `kiln build` reads those.
struct StoredInput {
    typealias Members = [String: Any]

    let store: KilnStore
    let home: KilnHome

    /// - Parameter document: what is stored, or the same within an image's document.
    static func members(_ kind: ResourceKind, name: Any?, version: Any?, _ document: Members) -> Members {
        var members = document.filter { kept[kind]?.contains($0.key) ?? false }
        members["name"] = name
        members["semanticVersion"] = version
        if kind == .component { members["platform"] = members["platform"] ?? "Linux" }
        return members
    }

    /// What a build has a use for.
    private static let kept: [ResourceKind: Set<String>] = [
        .component: ["platform"],
        .imageRecipe: [
            "parentImage", "components", "blockDeviceMappings", "workingDirectory", "additionalInstanceConfiguration",
            "amiTags", "amiWatermarks",
        ],
        .infrastructureConfiguration: ["instanceProfileName", "instanceTypes", "terminateInstanceOnFailure"],
        .distributionConfiguration: ["description", "distributions"],
        .workflow: ["type"],
    ]

    static func parse(_ document: Data) -> Members? {
        (try? JSONSerialization.jsonObject(with: document)) as? Members
    }

    /// A stored resource for documents that name it; nil for kinds that no build reads.
    func outside(_ stored: StoredResource) async throws -> OutsideResource? {
        let opened = try await store.unsealed(stored.document)
        guard Self.kept[stored.kind] != nil, let document = Self.parse(opened.document),
            let arn = try? ImageBuilderARN(stored.arn)
        else { return nil }
        var input = Self.members(
            stored.kind, name: stored.name, version: stored.version.map { "\($0)" }, document)
        var text: TemplateContext.LoadedDocument?
        switch stored.kind {
        case .component, .workflow:
            guard let data = document["data"] as? String else { return nil }
            text = .init(text: data, file: stored.arn)
            if stored.kind == .workflow { input["type"] = stored.workflowType }
        case .imageRecipe:
            // One that is gone is missed where the build looks for it.
            if let parent = input["parentImage"] as? String {
                input["parentImage"] = (try? await StoredParents(store: store, home: home).name(parent)) ?? parent
            }
        default: break
        }
        let json = try JSONSerialization.data(withJSONObject: input, options: [.sortedKeys, .withoutEscapingSlashes])
        return try OutsideResource(
            arn, input: String(decoding: json, as: UTF8.self), document: text, secrets: opened.secrets)
    }
}
