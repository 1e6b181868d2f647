import Foundation
public import Store

/// Asks for an image as clients do, from within a process: what is stored of it is the same.
public struct ImageStart: Sendable {
    private let handlers: Handlers

    /// - Parameter executions: who builds it.
    public init(store: KilnStore, executions: any ImageExecutions) {
        handlers = Handlers(contract: .current, store: store, executions: executions, documents: NoDocuments())
    }

    /// As StartImagePipelineExecution.
    ///
    /// - Returns: the image's ARN.
    public func run(pipeline arn: String) async throws -> String {
        try await ask("StartImagePipelineExecution", ["imagePipelineArn": .string(arn)]) {
            try await handlers.startImagePipelineExecution($0)
        }
    }

    /// As CreateImage.
    ///
    /// - Parameter settings: its members.
    /// - Returns: the image's ARN.
    public func run(_ settings: JSONValue) async throws -> String {
        try await ask("CreateImage", settings) { try await handlers.createImage($0) }
    }

    private func ask(
        _ name: String, _ input: JSONValue, _ body: (Call) async throws -> JSONValue
    ) async throws -> String {
        guard let operation = handlers.contract.operations[name] else {
            throw ResourceRequest.Refusal("there is no operation \(name)")
        }
        do {
            let answer = try await body(Call(operation: operation, input: input, now: Date()))
            return answer["imageBuildVersionArn"]?.text ?? ""
        } catch let error as APIError {
            throw ResourceRequest.Refusal(error.message)
        }
    }
}
