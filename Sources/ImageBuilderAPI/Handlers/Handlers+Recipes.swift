import Foundation
import Store

extension Handlers {
    func createImageRecipe(_ call: Call) async throws(APIError) -> JSONValue {
        let (references, platform) = try await ingredients(call)
        var document = call.document()
        document["type"] = "AMI"
        document["platform"] = .string(platform)
        return try await create(call, .imageRecipe, document: document, references: references)
    }

    func createContainerRecipe(_ call: Call) async throws(APIError) -> JSONValue {
        try call.exactlyOne("dockerfileTemplateData", "dockerfileTemplateUri")
        let (references, platform) = try await ingredients(call)
        var document = call.document(without: "dockerfileTemplateUri", "platformOverride", "imageOsVersionOverride")
        if let uri = call.text("dockerfileTemplateUri") {
            do { document["dockerfileTemplateData"] = .string(try await documents.text(at: uri, limit: 16_000)) } catch
            {
                throw APIError.invalidValue("dockerfileTemplateUri", "The template cannot be read: \(error).")
            }
        }
        document["platform"] = call["platformOverride"] ?? .string(platform)
        document["encrypted"] = true
        document["instanceImage"] = call["instanceConfiguration"]?["image"]
        return try await create(call, .containerRecipe, document: document, references: references)
    }

    /// The components and the parent of a recipe, if they go together, and the platform that they are for.
    private func ingredients(_ call: Call) async throws(APIError) -> (references: [String], platform: String) {
        var references: [String] = []
        var platforms: Set<String> = []
        for (index, entry) in (call["components"]?.elements ?? []).enumerated() {
            guard let arn = entry["componentArn"]?.text else { continue }
            let component = try await find(arn, .component)
            let document = try view(component).document()
            if let platform = document["platform"]?.text { platforms.insert(platform) }
            try check(entry["parameters"], against: document["parameters"], at: "components[\(index)].parameters")
            references.append(arn)
        }
        if let parent = call.text("parentImage"), parent.hasPrefix("arn:"), parent.contains(":imagebuilder:") {
            let arn = try await asking { try ResourceARN(parent) }
            guard arn.kind == .image else {
                throw APIError.invalidValue("parentImage", "'parentImage' must be the ARN of an image.")
            }
            // Amazon's own images are found by the catalogue of base images when a build begins.
            if arn.account == store.account.account {
                let image = try await find(parent, .image)
                if let platform = try view(image).document()["platform"]?.text { platforms.insert(platform) }
                references.append(parent)
            }
        }
        guard platforms.count <= 1 else {
            throw APIError.invalidValue(
                "components",
                "A recipe's components and its parent must be for one platform; these are for "
                    + "\(platforms.sorted().joined(separator: " and ")).")
        }
        return (references, platforms.first ?? "Linux")
    }

    /// Parameters that a recipe gives a component: those that it has, and all that have no default.
    private func check(_ given: JSONValue?, against known: JSONValue?, at path: String) throws(APIError) {
        let names = Set((given?.elements ?? []).compactMap { $0["name"]?.text })
        let parameters = known?.elements ?? []
        if let unknown = names.subtracting(parameters.compactMap { $0["name"]?.text }).sorted().first {
            throw APIError.invalidValue(path, "The component has no parameter '\(unknown)'.")
        }
        for parameter in parameters where parameter["defaultValue"] == nil {
            guard let name = parameter["name"]?.text, !names.contains(name) else { continue }
            throw APIError.invalidValue(path, "The component's parameter '\(name)' has no default and must be given.")
        }
    }
}
