import Foundation
import Store

extension Handlers {
    /// What an image is made by, all of it there.
    struct Parts {
        let recipe: StoredResource
        let infrastructure: StoredResource
        let distribution: StoredResource?
    }

    /// - Parameter settings: a request's or a pipeline's.
    func parts(of settings: JSONValue) async throws(APIError) -> Parts {
        let image = settings["imageRecipeArn"]?.text
        let container = settings["containerRecipeArn"]?.text
        guard (image == nil) != (container == nil), let recipe = image ?? container else {
            throw APIError.invalidRequest("Exactly one of 'imageRecipeArn' and 'containerRecipeArn' must be given.")
        }
        guard let infrastructure = settings["infrastructureConfigurationArn"]?.text else {
            throw APIError.invalidValue(
                "infrastructureConfigurationArn", "'infrastructureConfigurationArn' must not be null.")
        }
        var distribution: StoredResource?
        if let arn = settings["distributionConfigurationArn"]?.text {
            distribution = try await find(arn, .distributionConfiguration)
        }
        for workflow in (settings["workflows"]?.elements ?? []).compactMap({ $0["workflowArn"]?.text }) {
            // Amazon's own come with Kiln.
            guard !ResourceARN.isManagedWorkflow(workflow) else { continue }
            _ = try await find(workflow, .workflow)
        }
        return Parts(
            recipe: try await find(recipe, image == nil ? .containerRecipe : .imageRecipe),
            infrastructure: try await find(infrastructure, .infrastructureConfiguration), distribution: distribution)
    }

    func createImage(_ call: Call) async throws(APIError) -> JSONValue {
        try await startImage(call, call.input, tags: call["tags"]?.texts ?? [:], pipeline: nil)
    }

    /// Queues a build. The image's document holds its recipe and configurations as they are now: what becomes of those
    /// later changes nothing about what it was made by.
    func startImage(
        _ call: Call, _ settings: JSONValue, tags: [String: String], pipeline: String?, isScheduled: Bool = false
    ) async throws(APIError) -> JSONValue {
        let parts = try await parts(of: settings)
        // Nobody is there to be told when a schedule is refused: its image becomes FAILED and says why.
        if parts.recipe.kind == .containerRecipe, !isScheduled {
            throw APIError.invalidRequest("Container images are not built by Kiln: '\(parts.recipe.arn)'.")
        }
        let kept = [
            "sourcePipelineArn", "sourcePipelineName", "executionRole", "workflows", "loggingConfiguration",
            "imageScanningConfiguration",
        ]
        var document = (settings.members ?? [:]).filter { kept.contains($0.key) }
        let recipe = try view(parts.recipe).members()
        let isContainer = parts.recipe.kind == .containerRecipe
        document[isContainer ? "containerRecipe" : "imageRecipe"] = fitted(recipe, parts.recipe.kind)
        document["infrastructureConfiguration"] = fitted(
            try view(parts.infrastructure).members(), parts.infrastructure.kind)
        if let distribution = parts.distribution {
            document["distributionConfiguration"] = fitted(try view(distribution).members(), distribution.kind)
        }
        document["type"] = isContainer ? "DOCKER" : "AMI"
        document["platform"] = recipe["platform"]
        document["enhancedImageMetadataEnabled"] = settings["enhancedImageMetadataEnabled"] ?? true
        document["imageTestsConfiguration"] = Self.tests(settings["imageTestsConfiguration"])
        document["buildType"] = isScheduled ? "SCHEDULED" : "USER_INITIATED"
        document["imageSource"] = "CUSTOM"
        document["outputResources"] = [:]
        let image = NewResource(
            .image, name: parts.recipe.name, version: parts.recipe.version,
            document: try await sealed(Data(JSONValue.object(document).bytes)), tags: tags)
        var request = settings.members ?? [:]
        request["dependencies"] = .object(try await dependencies(of: parts.recipe))
        let build = NewImageBuild(
            image: image, pipeline: pipeline, isScheduled: isScheduled,
            request: try await sealed(Data(JSONValue.object(request).bytes)))
        let queued = try await asking { try await executions.enqueue(build, token: call.token) }
        var answer: [String: JSONValue] = ["imageBuildVersionArn": .string(queued.image)]
        answer["clientToken"] = call["clientToken"]
        if let image = try await asking({ try await store.resource(queued.image) }) {
            answer["latestVersionReferences"] = view(image).latestReferences
        }
        return .object(answer)
    }

    private func fitted(_ members: [String: JSONValue], _ kind: ResourceKind) -> JSONValue {
        ShapeFit(contract: contract).fitted(.object(members), to: kind.typeName)
    }

    func cancelImageCreation(_ call: Call) async throws(APIError) -> JSONValue {
        let arn = try call.required("imageBuildVersionArn")
        _ = try await find(arn, .image)
        _ = try await asking {
            try await executions.requestCancel(arn, reason: "Cancelled by a request.", token: call.token)
        }
        return call.input
    }

    func retryImage(_ call: Call) async throws(APIError) -> JSONValue {
        let arn = try call.required("imageBuildVersionArn")
        let image = try await find(arn, .image)
        guard try view(image).document()["type"] != "DOCKER" else {
            throw APIError.invalidRequest("Retry is only supported for AMI-based images: '\(image.arn)'.")
        }
        _ = try await asking { try await executions.retry(arn, token: call.token) }
        return call.input
    }

    /// The image in the store. Its disk on this machine stays, as AMIs do.
    func deleteImage(_ call: Call) async throws(APIError) -> JSONValue {
        let image = try await find(try call.required("imageBuildVersionArn"), .image)
        if let state = image.state.flatMap(ImageState.init), state.isUnderway {
            throw APIError.invalidRequest(
                "The image '\(image.arn)' is being made (\(state.rawValue)). Cancel it first: CancelImageCreation.")
        }
        return try await delete(call, .image)
    }

    func listImagePackages(_ call: Call) async throws(APIError) -> JSONValue {
        let image = try await find(try call.required("imageBuildVersionArn"), .image)
        let document = try view(image).document()
        var packages: [ImagePackage] = []
        // The disk may be another build's too, one that had them listed.
        if document["enhancedImageMetadataEnabled"]?.flag != false, let digest = document["kiln"]?["image"]?.text {
            packages = try await asking { try await self.packages.packages(of: digest) }
        }
        let size = call["maxResults"]?.integer ?? 25
        let start = call.text("nextToken").map { Int($0) ?? -1 } ?? 0
        guard start >= 0, start <= packages.count else {
            throw APIError("InvalidPaginationTokenException", "The pagination token is not one of this list.")
        }
        let page = packages.dropFirst(start).prefix(size)
        let end = start + page.count
        let entries = page.map { package -> JSONValue in
            ["packageName": .string(package.name), "packageVersion": .string(package.version)]
        }
        return answer("imagePackageList", entries, end < packages.count ? String(end) : nil)
    }
}
