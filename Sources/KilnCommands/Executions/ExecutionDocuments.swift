import Builds
import Documents
import Failures
import Foundation
import HostSystem
import Store
import SystemPackage

/// Writes what an image is built of as the inputs of AWS CLI commands, which `kiln build` reads.
///
/// ARNs are written anew: those of the store mean builds of a version.
struct ExecutionDocuments {
    let store: KilnStore
    let home: KilnHome
    let image: StoredResource
    let folder: FilePath

    struct Refusal: ReportableError {
        let message: String
        var hint: String? { nil }
        var exitStatus: ExitStatus { .invalidDocument }
    }

    private typealias Members = [String: Any]

    /// - Returns: the files.
    func write() async throws -> [String] {
        var secrets: Set<String> = []
        guard let document = Self.members(try await open(image.document, &secrets)) else {
            throw Refusal(message: "the document of the image cannot be read")
        }
        guard let recipe = document["imageRecipe"] as? Members else {
            throw Refusal(message: "container images are not built by Kiln")
        }
        try ExecutionFolder.beginDocuments(in: folder)
        var pipeline: Members = [
            "name": document["sourcePipelineName"] ?? recipe["name"] ?? image.name,
            "imageRecipeArn": try name(recipe, .imageRecipe, version: recipe["version"] as? String),
        ]
        for key in ["imageTestsConfiguration", "enhancedImageMetadataEnabled"] { pipeline[key] = document[key] }
        let workflows = try await write(workflows: document["workflows"] as? [Members] ?? [], &secrets)
        if !workflows.uses.isEmpty { pipeline["workflows"] = workflows.uses }
        var files = try await write(recipe, &secrets) + workflows.files
        try BuildSecrets.write(secrets, to: folder)
        if let infrastructure = document["infrastructureConfiguration"] as? Members {
            let keys = ["name", "instanceProfileName", "instanceTypes", "terminateInstanceOnFailure"]
            files.append(try write("infrastructure", infrastructure.filter { keys.contains($0.key) }))
            pipeline["infrastructureConfigurationArn"] = try name(infrastructure, .infrastructureConfiguration)
        }
        if let distribution = document["distributionConfiguration"] as? Members {
            let keys = ["name", "description", "distributions"]
            files.append(try write("distribution", distribution.filter { keys.contains($0.key) }))
            pipeline["distributionConfigurationArn"] = try name(distribution, .distributionConfiguration)
        }
        return files + [try write("pipeline", pipeline)]
    }

    // MARK: The recipe

    /// A document with its secrets, which are added to those that are known.
    private func open(_ document: Data, _ secrets: inout Set<String>) async throws -> Data {
        let opened = try await store.unsealed(document)
        secrets.formUnion(opened.secrets)
        return opened.document
    }

    private func write(_ recipe: Members, _ secrets: inout Set<String>) async throws -> [String] {
        let keys = [
            "name", "blockDeviceMappings", "workingDirectory", "additionalInstanceConfiguration", "amiTags",
            "amiWatermarks",
        ]
        var written = recipe.filter { keys.contains($0.key) }
        written["semanticVersion"] = recipe["version"]
        written["parentImage"] = try await parent(recipe["parentImage"] as? String ?? "")
        var files: [String] = []
        var known: Set<String> = []
        var components: [Members] = []
        for use in recipe["components"] as? [Members] ?? [] {
            let reference = use["componentArn"] as? String ?? ""
            guard let component = try await store.resolve(reference), let version = component.version else {
                throw Refusal(message: "the component \(reference) is gone")
            }
            var entry: Members = [
                "componentArn": try name(["name": component.name], .component, version: "\(version)", build: 1)
            ]
            entry["parameters"] = use["parameters"]
            components.append(entry)
            if known.insert(component.arn).inserted {
                let document = Self.members(try await open(component.document, &secrets)) ?? [:]
                files.append(try write(component, document, "\(component.name)-\(version)", number: known.count))
            }
        }
        written["components"] = components
        return files + [try write("recipe", written)]
    }

    /// Its document lies beside it under its name: messages about it name it.
    private func write(
        _ component: StoredResource, _ document: Members, _ name: String, number: Int
    ) throws -> String {
        guard let data = document["data"] as? String, let version = component.version else {
            throw Refusal(message: "the component \(component.arn) has no document")
        }
        let file = "\(number)-\(ResourceARN.segment(of: name)).yaml"
        try DurableFile.write(Array(data.utf8), to: folder.appending(file), permissions: 0o600)
        return try write(
            "component-\(number)",
            [
                "name": component.name, "semanticVersion": "\(version)",
                "platform": document["platform"] ?? "Linux", "uri": file,
            ])
    }

    /// - Returns: what the pipeline has of them, and their files. Amazon's are named, and have none.
    private func write(
        workflows uses: [Members], _ secrets: inout Set<String>
    ) async throws -> (uses: [Members], files: [String]) {
        var files: [String] = []
        var written: [Members] = []
        var known: Set<String> = []
        for use in uses {
            var use = use
            let reference = use["workflowArn"] as? String ?? ""
            if !ResourceARN.isManagedWorkflow(reference) {
                guard let workflow = try await store.resolve(reference), let version = workflow.version,
                    let type = workflow.workflowType,
                    let data = Self.members(try await open(workflow.document, &secrets))?["data"] as? String
                else { throw Refusal(message: "the workflow \(reference) is gone") }
                use["workflowArn"] = try name(
                    ["name": "\(type.lowercased())/\(workflow.name)"], .workflow, version: "\(version)", build: 1)
                if known.insert(workflow.arn).inserted {
                    let file = "workflow-\(known.count)-\(ResourceARN.segment(of: "\(workflow.name)-\(version)")).yaml"
                    try DurableFile.write(Array(data.utf8), to: folder.appending(file), permissions: 0o600)
                    files.append(
                        try write(
                            "workflow-\(known.count)",
                            ["name": workflow.name, "semanticVersion": "\(version)", "type": type, "uri": file]))
                }
            }
            written.append(use)
        }
        return (written, files)
    }

    /// An image of this store is named by its place among those that `kiln build` counts; all else is as it was given.
    private func parent(_ text: String) async throws -> String {
        guard text.hasPrefix("arn:"), let arn = try? ResourceARN(text), arn.kind == .image,
            arn.account == store.account.account,
            let parent = try await usableParent(text),
            let version = parent.version,
            let build = (Self.members(parent.document)?["kiln"] as? Members)?["build"] as? String
        else { return text }
        let builds = BuildFolder.all(home: home).filter {
            $0.state == .available
                && ImageBuilderARN.resourceName($0.recipe) == ImageBuilderARN.resourceName(parent.name)
                && SemanticVersion($0.version)?.description == "\(version)"
        }
        guard let place = builds.firstIndex(where: { $0.id == build }) else {
            throw Refusal(message: "the parent \(parent.arn) is not on this machine any more (build \(build))")
        }
        return try name(["name": parent.name], .image, version: "\(version)", build: builds.count - place)
    }

    /// Deprecated images can be built on still, where there is none that is available; disabled ones cannot.
    private func usableParent(_ text: String) async throws -> StoredResource? {
        for state in [Store.ImageState.available, .deprecated] {
            if let parent = try await store.resolve(text, states: [state.rawValue]) { return parent }
        }
        let unusable = [Store.ImageState.disabled, .deleted].map(\.rawValue)
        guard let parent = try await store.resolve(text, states: Set(unusable)) else { return nil }
        throw Refusal(message: "the parent \(parent.arn) is \(parent.state ?? ""): nothing can be built on it")
    }

    // MARK: Files

    private func name(
        _ members: Members, _ type: ImageBuilderARN.ResourceType, version: String? = nil, build: Int? = nil
    ) throws -> String {
        guard let name = members["name"] as? String else {
            throw Refusal(message: "a part of the image has no name: \(type.rawValue)")
        }
        let account = store.account
        return ImageBuilderARN(
            partition: account.partition, region: account.region, account: account.account, type: type,
            name: ImageBuilderARN.resourceName(name), version: version.flatMap { VersionPattern($0) }, build: build
        ).description
    }

    private func write(_ name: String, _ members: Members) throws -> String {
        let file = folder.appending("\(name).json")
        let options: JSONSerialization.WritingOptions = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        try DurableFile.write(
            Array(try JSONSerialization.data(withJSONObject: members, options: options)), to: file, permissions: 0o600)
        return file.string
    }

    private static func members(_ document: Data) -> Members? {
        (try? JSONSerialization.jsonObject(with: document)) as? Members
    }
}
