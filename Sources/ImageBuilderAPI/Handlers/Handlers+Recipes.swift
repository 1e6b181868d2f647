import Foundation
import Store

extension Handlers {
    func createImageRecipe(_ call: Call) async throws(APIError) -> JSONValue {
        let request = ResourceRequest(.imageRecipe, call.input)
        return try await create(call, request, try await ingredients(request))
    }

    func createContainerRecipe(_ call: Call) async throws(APIError) -> JSONValue {
        try call.exactlyOne("dockerfileTemplateData", "dockerfileTemplateUri")
        let request = ResourceRequest(.containerRecipe, call.input)
        var around = try await ingredients(request)
        if let uri = call.text("dockerfileTemplateUri") {
            do { around.text = try await documents.text(at: uri, limit: 16_000) } catch {
                throw APIError.invalidValue("dockerfileTemplateUri", "The template cannot be read: \(error).")
            }
        }
        return try await create(call, request, around)
    }

    /// The components and the parent of a recipe, all of them there.
    private func ingredients(_ request: ResourceRequest) async throws(APIError) -> ResourceRequest.Surroundings {
        var around = ResourceRequest.Surroundings()
        for arn in request.componentReferences {
            around.components.append(.object(try view(try await find(arn, .component)).document()))
        }
        guard let parent = request.parentReference else { return around }
        let arn = try await asking { try ResourceARN(parent) }
        guard arn.kind == .image else {
            throw APIError.invalidValue("parentImage", "'parentImage' must be the ARN of an image.")
        }
        guard arn.account == store.account.account else { return around }
        around.parent = .object(try view(try await find(parent, .image)).document())
        return around
    }
}
