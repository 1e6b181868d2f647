import Foundation
import Store

extension Handlers {
    /// Queues the distribution of an image that is there, as the next build of its version: it tells of nothing but where the
    /// image went.
    func distributeImage(_ call: Call) async throws(APIError) -> JSONValue {
        let distribution = try await find(
            try call.required("distributionConfigurationArn"), .distributionConfiguration)
        let source = try await sourceImage(try call.required("sourceImage"))
        let made = try view(source).document()
        guard let build = made["kiln"]?["build"], let disk = made["kiln"]?["image"] else {
            throw APIError.invalidRequest(
                "The image '\(source.arn)' has no disk on this machine that could be distributed.")
        }
        var document = made.filter {
            ["type", "platform", "osVersion", "imageRecipe", "enhancedImageMetadataEnabled", "imageSource"].contains(
                $0.key)
        }
        document["distributionConfiguration"] = ShapeFit(contract: contract).fitted(
            .object(try view(distribution).members()), to: distribution.kind.typeName)
        for name in ["executionRole", "loggingConfiguration"] { document[name] = call[name] }
        document["buildType"] = "USER_INITIATED"
        document["outputResources"] = [:]
        // Of no shape of the service: for whoever carries it out, and for recipes that have it as their parent.
        document["kiln"] = ["build": build, "image": disk, "distributes": .string(source.arn)]
        let image = NewResource(
            .image, name: source.name, version: source.version, document: Data(JSONValue.object(document).bytes),
            tags: call["tags"]?.texts ?? [:])
        let request = Data(call.input.bytes)
        let queued = try await asking {
            try await executions.enqueue(NewImageBuild(image: image, request: request), token: call.token)
        }
        var answer: [String: JSONValue] = ["imageBuildVersionArn": .string(queued.image)]
        answer["clientToken"] = call["clientToken"]
        return .object(answer)
    }

    /// An Image Builder ARN; an AMI, or a disk of this machine (`sha256:…`), that an image of the store has made.
    private func sourceImage(_ text: String) async throws(APIError) -> StoredResource {
        if text.hasPrefix("arn:"), text.contains(":imagebuilder:") { return try await availableImage(text) }
        guard text.hasPrefix("ami-") || text.hasPrefix("sha256:") else {
            let isParameter = text.hasPrefix("ssm:")
            throw APIError.invalidRequest(
                (isParameter ? "SSM parameters of AWS are not looked up by Kiln: " : "This is no image: ")
                    + "'\(text)'. Give 'sourceImage' the ARN of an Image Builder image.")
        }
        guard let image = try await asking({ try await store.images(withOutput: text).first }) else {
            throw APIError.invalidRequest(
                "No image of Kiln's has made '\(text)', and Kiln distributes what is on this machine. Give 'sourceImage' "
                    + "the ARN of an Image Builder image.")
        }
        return image
    }

    private func availableImage(_ text: String) async throws(APIError) -> StoredResource {
        let arn = try await asking { try ResourceARN(text) }
        guard arn.kind == .image else { throw APIError.notFound(text) }
        let available = ImageState.available.rawValue
        let found = try await asking {
            arn.isExact ? try await store.resource(text) : try await store.resolve(text, states: [available])
        }
        guard let found else { throw APIError.notFound(text) }
        guard found.state == available else {
            throw APIError.invalidRequest(
                "The image '\(found.arn)' is \(found.state ?? "in no state"); only an AVAILABLE image is distributed.")
        }
        return found
    }
}
