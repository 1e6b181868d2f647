import Documents
import Foundation
import SystemPackage

extension Interpreter {
    /// What the results say of a step that has ended. Secrets are hidden here, once for all writers.
    func record(_ running: Running, _ outcome: Outcome, start: Date) -> StepRecord {
        let step = running.step
        let progress = position.frames[running.level].progress
        var record = StepRecord(
            name: step.name, action: step.action.rawValue, status: .success, startTime: start, endTime: Date(),
            failureMessage: "", timeoutSeconds: step.timeoutSeconds ?? -1, onFailure: step.onFailure.rawValue,
            maxAttempts: step.maxAttempts, attempts: progress?.attempt ?? 0, exitCode: progress?.exitCode,
            inputs: inputs(running), outputs: "[]", iterations: progress?.values == nil ? nil : progress?.iterations,
            documents: progress.flatMap { $0.documents.isEmpty ? nil : $0.documents }, log: running.log.path.string,
            lastLines: running.log.lastLines)
        switch outcome {
        case .succeeded: break
        case .skipped: record.status = .skipped
        case .failed(let fault):
            record.status = step.onFailure.statusOfFailure
            (record.failureMessage, record.exitCode) = (fault.reason, fault.exitCode)
        }
        if let progress { record.outputs = text(StepOutputs.joining(progress.outputs), running) }
        return record
    }

    func text(_ outputs: StepOutputs, _ running: Running) -> String {
        guard !running.step.disablesLogging, !outputs.entries.isEmpty else { return "[]" }
        return Self.json(outputs.entries.map { $0.mapValues(environment.redact) })
    }

    /// A loop's inputs have other values in each iteration: they stay as the document has them.
    private func inputs(_ running: Running) -> String {
        guard !running.step.disablesLogging, let inputs = running.step.inputs else { return "" }
        let values = values[running.level]
        let isLoop = running.step.loop != nil
        let resolved = inputs.evaluate { isLoop ? nil : (try? values.value(of: $0)) ?? nil }
        return Self.json(ResolvedJSON(value: resolved, redact: environment.redact))
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
}

/// A step's inputs as JSON, secrets hidden.
private struct ResolvedJSON: Encodable {
    let value: ResolvedInput
    let redact: (String) -> String

    func encode(to encoder: any Encoder) throws {
        switch value {
        case .text(let text):
            var container = encoder.singleValueContainer()
            try container.encode(redact(text))
        case .list(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(ResolvedJSON(value: element, redact: redact)) }
        case .mapping(let entries):
            var container = encoder.container(keyedBy: Key.self)
            for entry in entries {
                try container.encode(
                    ResolvedJSON(value: entry.value, redact: redact), forKey: Key(stringValue: entry.key))
            }
        }
    }

    private struct Key: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
