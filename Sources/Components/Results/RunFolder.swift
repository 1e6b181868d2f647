public import Documents
public import Failures
public import Foundation
public import HostSystem
public import SystemPackage

/// The folder of a component runner's run, laid out as the user guide (toe-use-documents, component logging) has it:
/// `TOE_<time>_<execution id>` with `document.yaml`, `console.log`, `application.log`, `detailedoutput.json` and
/// `chaining.json`.
public struct RunFolder: Sendable {
    public let path: FilePath
    public let executionID: String
    public let start: Date
    public let console: ConsoleLog
    public let application: ApplicationLog

    /// Makes the folder below `parent`.
    ///
    /// - Throws: `HostFailure`.
    public init(below parent: FilePath, executionID: String, start: Date = Date()) throws(HostFailure) {
        let name = "TOE_\(Self.stamp(start))_\(FileName.safe(executionID))"
        path = parent.appending(name)
        self.executionID = executionID
        self.start = start
        console = try ConsoleLog(path: path.appending("console.log"))
        application = try ApplicationLog(path: path.appending("application.log"))
    }

    /// Keeps a document as it was given.
    ///
    /// - Parameter number: of the document in the run, from 1; the first is `document.yaml`, the second `document-2.yaml`.
    public func keep(_ document: ComponentDocument, number: Int) throws(HostFailure) {
        let name = number == 1 ? "document.yaml" : "document-\(number).yaml"
        try DurableFile.write(Array(document.source.utf8), to: path.appending(name))
    }

    /// Writes `detailedoutput.json` and `chaining.json`.
    ///
    /// - Parameter failure: what ended the run besides a failed step.
    /// - Returns: what the component runner prints.
    @discardableResult
    public func finish(_ documents: [DocumentResult], failure: String? = nil) throws -> RunSummary {
        var summary = RunSummary(documents, executionID: executionID, logURL: path.string)
        if let failure { (summary.status, summary.failureMessage) = (.failed, failure) }
        let detailed = DetailedOutput(
            executionId: executionID, status: summary.status, startTime: start, endTime: Date(),
            failureMessage: summary.failureMessage, documents: documents)
        try DurableFile.write(Array(try ResultJSON.encode(detailed)), to: path.appending("detailedoutput.json"))
        try DurableFile.write(Array(try ResultJSON.encode(Chaining(documents))), to: path.appending("chaining.json"))
        return summary
    }

    /// 2021-07-01_12-34-56_UTC-0
    private static func stamp(_ date: Date) -> String {
        let style = Date.VerbatimFormatStyle(
            format: """
                \(year: .defaultDigits)-\(month: .twoDigits)-\(day: .twoDigits)_\(hour: .twoDigits(clock: .twentyFourHour, hourCycle: .zeroBased))-\(minute: .twoDigits)-\(second: .twoDigits)_UTC-0
                """, timeZone: .gmt, calendar: Calendar(identifier: .gregorian))
        return date.formatted(style)
    }
}

/// `detailedoutput.json`.
struct DetailedOutput: Codable, Equatable {
    var executionId: String
    var status: DocumentStatus
    var startTime: Date
    var endTime: Date
    var failureMessage: String
    var documents: [DocumentResult]
}

/// `chaining.json`: the values that chaining expressions can have after the run, secrets hidden.
struct Chaining: Codable, Equatable {
    struct Document: Codable, Equatable {
        var name: String
        /// By "phase.step": JSON of the step's inputs and outputs.
        var steps: [String: Step]
    }

    struct Step: Codable, Equatable {
        var inputs: String
        var outputs: String
    }

    var documents: [Document]

    init(_ results: [DocumentResult]) {
        documents = results.flatMap(Self.all).map { result in
            var steps: [String: Step] = [:]
            for phase in result.phases {
                for step in phase.steps {
                    steps["\(phase.name).\(step.name)"] = Step(inputs: step.inputs, outputs: step.outputs)
                }
            }
            return Document(name: result.name, steps: steps)
        }
    }

    /// A document and those it ran.
    private static func all(_ result: DocumentResult) -> [DocumentResult] {
        [result] + result.steps.flatMap { $0.documents ?? [] }.flatMap(all)
    }
}
