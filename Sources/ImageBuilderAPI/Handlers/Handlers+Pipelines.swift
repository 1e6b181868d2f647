import Foundation
import Store

extension Handlers {
    func createImagePipeline(_ call: Call) async throws(APIError) -> JSONValue {
        let around = try await surroundings(ofPipeline: call)
        return try await planned(call, create(call, ResourceRequest(.imagePipeline, call.input), around))
    }

    private func planned(_ call: Call, _ answer: JSONValue) async throws(APIError) -> JSONValue {
        if let arn = answer["imagePipelineArn"]?.text {
            _ = try await asking { try await store.planNextRun(of: arn, after: call.now) }
        }
        return answer
    }

    func updateImagePipeline(_ call: Call) async throws(APIError) -> JSONValue {
        let current = try view(try await find(try call.required("imagePipelineArn"), .imagePipeline)).document()
        let around = try await surroundings(ofPipeline: call)
        guard (current["imageRecipeArn"] == nil) == (call["imageRecipeArn"] == nil) else {
            throw APIError.invalidRequest("A pipeline's recipe stays an image recipe or a container recipe.")
        }
        return try await planned(call, update(call, ResourceRequest(.imagePipeline, call.input), around))
    }

    private func surroundings(ofPipeline call: Call) async throws(APIError) -> ResourceRequest.Surroundings {
        var around = ResourceRequest.Surroundings()
        around.recipe = .object(try view(try await parts(of: call.input).recipe).document())
        return around
    }

    /// What a pipeline's answers have of its runs.
    func runs(of pipeline: StoredResource) async throws(APIError) -> [String: JSONValue] {
        guard let runs = try await asking({ try await store.runs(of: pipeline.arn) }) else { return [:] }
        var members: [String: JSONValue] = ["consecutiveFailures": .integer(Int64(runs.consecutiveFailures))]
        members["dateLastRun"] = runs.lastRun.map { .number($0.timeIntervalSince1970) }
        members["dateNextRun"] = runs.nextRun.map { .number($0.timeIntervalSince1970) }
        members["lastRunStatus"] = runs.lastState.map { .string($0.rawValue) }
        return members
    }

    func startImagePipelineExecution(_ call: Call) async throws(APIError) -> JSONValue {
        try await startImagePipelineExecution(call, isScheduled: false)
    }

    func startImagePipelineExecution(_ call: Call, isScheduled: Bool) async throws(APIError) -> JSONValue {
        let arn = try call.required("imagePipelineArn")
        let pipeline = try await find(arn, .imagePipeline)
        var settings = try view(pipeline).document()
        settings["sourcePipelineArn"] = .string(arn)
        settings["sourcePipelineName"] = .string(pipeline.name)
        let tags = (settings["imageTags"]?.texts ?? [:]).merging(call["tags"]?.texts ?? [:]) { $1 }
        return try await startImage(
            call, .object(settings), tags: tags, pipeline: arn, isScheduled: isScheduled)
    }

    func listImagePipelineImages(_ call: Call) async throws(APIError) -> JSONValue {
        let arn = try call.required("imagePipelineArn")
        _ = try await find(arn, .imagePipeline)
        return try await list(
            call, .image, grouping: .builds(of: nil),
            more: [ResourceFilter(.member("sourcePipelineArn"), [arn])])
    }

    /// The service's defaults for what a request leaves off.
    static func tests(_ given: JSONValue?) -> JSONValue {
        .object(
            [
                "imageTestsEnabled": given?["imageTestsEnabled"] ?? true,
                "timeoutMinutes": given?["timeoutMinutes"] ?? 720,
            ])
    }
}
