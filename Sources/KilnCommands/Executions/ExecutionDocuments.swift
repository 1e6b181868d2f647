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

    private typealias Members = StoredInput.Members

    /// - Returns: the files.
    func write() async throws -> [String] {
        var secrets: Set<String> = []
        guard let document = StoredInput.parse(try await open(image.document, &secrets)) else {
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
            files.append(
                try write(
                    "infrastructure",
                    StoredInput.members(
                        .infrastructureConfiguration, name: infrastructure["name"], version: nil, infrastructure)))
            pipeline["infrastructureConfigurationArn"] = try name(infrastructure, .infrastructureConfiguration)
        }
        if let distribution = document["distributionConfiguration"] as? Members {
            files.append(
                try write(
                    "distribution",
                    StoredInput.members(
                        .distributionConfiguration, name: distribution["name"], version: nil, distribution)))
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
        var written = StoredInput.members(.imageRecipe, name: recipe["name"], version: recipe["version"], recipe)
        written["parentImage"] = try await StoredParents(store: store, home: home)
            .name(recipe["parentImage"] as? String ?? "")
        var files: [String] = []
        var known: Set<String> = []
        var components: [Members] = []
        for use in recipe["components"] as? [Members] ?? [] {
            let reference = use["componentArn"] as? String ?? ""
            guard let component = try await store.resolve(reference), let version = component.version else {
                let outside = try outside(reference)
                var entry: Members = ["componentArn": outside.arn]
                entry["parameters"] = use["parameters"]
                components.append(entry)
                if known.insert(outside.arn).inserted {
                    files.append(
                        try write(outside.input, outside.text, "\(outside.input["name"] ?? "")", number: known.count))
                }
                continue
            }
            var entry: Members = [
                "componentArn": try name(["name": component.name], .component, version: "\(version)", build: 1)
            ]
            entry["parameters"] = use["parameters"]
            components.append(entry)
            if known.insert(component.arn).inserted {
                let document = StoredInput.parse(try await open(component.document, &secrets)) ?? [:]
                guard let data = document["data"] as? String else {
                    throw Refusal(message: "the component \(component.arn) has no document")
                }
                let input = StoredInput.members(.component, name: component.name, version: "\(version)", document)
                files.append(try write(input, data, "\(component.name)-\(version)", number: known.count))
            }
        }
        written["components"] = components
        return files + [try write("recipe", written)]
    }

    /// Its document lies beside it under its name: messages about it name it.
    private func write(_ input: Members, _ text: String, _ name: String, number: Int) throws -> String {
        let file = "\(number)-\(ResourceARN.segment(of: name)).yaml"
        try DurableFile.write(Array(text.utf8), to: folder.appending(file), permissions: 0o600)
        return try write("component-\(number)", input.merging(["uri": file]) { $1 })
    }

    /// A component that is none of the store's: of the documents that this process's `kiln.yaml` names, or Kiln's own in the
    /// place of Amazon's. It is written as one of the account's.
    private func outside(_ reference: String) throws -> (arn: String, input: Members, text: String) {
        var documents = DocumentSet()
        let settings = FilePath("kiln.yaml")
        if Folders.exists(settings) { documents.add(bytes: try Folders.read(settings), file: settings.string) }
        guard let arn = try? ImageBuilderARN(reference),
            let found = try OutsideSearch(documents, home: home).component(arn), let text = found.document?.text,
            let version = found.arn.version?.description
        else { throw Refusal(message: "the component \(reference) is gone") }
        let input = StoredInput.members(.component, name: arn.name, version: version, [:])
        return (try name(["name": arn.name], .component, version: version, build: 1), input, text)
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
                    let data = StoredInput.parse(try await open(workflow.document, &secrets))?["data"] as? String
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
}
