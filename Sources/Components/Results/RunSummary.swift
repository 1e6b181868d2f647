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
            documents.lazy.filter { $0.status == .failed }
            .map { "Document \($0.filePath ?? $0.name) failed! \($0.failureMessage)" }.first ?? ""
        logUrl = logURL
    }

    /// As the runner prints it: in this order, for there are scripts that look for lines.
    public var json: Data {
        get throws { try text(indent: "    ", lineEnd: "\n") }
    }

    /// The same in one line.
    public var line: Data {
        get throws { try text(indent: "", lineEnd: "") }
    }

    private func text(indent: String, lineEnd: String) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        func value(_ value: some Encodable) throws -> String {
            String(decoding: try encoder.encode(value), as: UTF8.self)
        }
        let members = [
            ("executionId", try value(executionId)), ("status", try value(status)),
            ("failedStepCount", try value(failedStepCount)), ("executedStepCount", try value(executedStepCount)),
            ("ignoredFailedStepCount", try value(ignoredFailedStepCount)),
            ("failureMessage", try value(failureMessage)), ("logUrl", try value(logUrl)),
        ]
        let lines = members.map { "\(indent)\"\($0)\": \($1)" }.joined(separator: ",\(lineEnd.isEmpty ? " " : lineEnd)")
        return Data("{\(lineEnd)\(lines)\(lineEnd)}".utf8)
    }
}
