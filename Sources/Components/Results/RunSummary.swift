public import Foundation

/// What the component runner prints at the end of a run.
public struct RunSummary: Codable, Sendable, Equatable {
    public var executionId: String
    public var status: DocumentStatus
    public var failedStepCount: Int
    public var executedStepCount: Int
    public var ignoredFailedStepCount: Int
    /// Empty where nothing failed.
    public var failureMessage: String
    /// The folder of the run's logs.
    public var logUrl: String

    public init(_ documents: [DocumentResult], executionID: String, logURL: String) {
        executionId = executionID
        status = DocumentStatus(of: documents.map(\.status))
        failedStepCount = documents.reduce(0) { $0 + $1.failedStepCount }
        executedStepCount = documents.reduce(0) { $0 + $1.executedStepCount }
        ignoredFailedStepCount = documents.reduce(0) { $0 + $1.ignoredFailedStepCount }
        failureMessage =
            documents.lazy.filter { $0.status == .failed }.map { "document \($0.name): \($0.failureMessage)" }
            .first ?? ""
        logUrl = logURL
    }

    /// Indented, keys in the order above being of no account.
    public var json: Data {
        get throws { try ResultJSON.encode(self) }
    }
}

/// How the results are written as JSON: times as ISO 8601 in UTC, to the second.
enum ResultJSON {
    static func encode(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .iso8601
        return try encoder.encode(value)
    }
}
