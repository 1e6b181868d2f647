public import Documents
public import Failures
public import Foundation
public import HostSystem
public import SystemPackage

/// The folder of a component runner's run, laid out as the user guide (toe-use-documents, component logging) has it:
/// `TOE_<time>_<execution id>` with `document.yaml`, `console.log`, `application.log`, `detailedoutput.json` and
/// `chaining.json`; Kiln's own logs, a file a step, are in `steps/`.
public struct LogFolder: Sendable {
    public let path: FilePath
    public let executionID: String
    public let start: Date
    public let console: ConsoleLog
    public let application: ApplicationLog
    private let secrets: [String]

    public var steps: FilePath { path.appending("steps") }

    /// Makes the folder below `parent`.
    ///
    /// - Parameter secrets: values that no file of it may show.
    /// - Throws: `HostFailure`.
    public init(
        below parent: FilePath, executionID: String, secrets: some Sequence<String> = [], start: Date = Date()
    ) throws(HostFailure) {
        let name = "TOE_\(Self.stamp(start))_\(FileName.safe(executionID))"
        path = parent.appending(name)
        self.executionID = executionID
        self.secrets = Array(secrets)
        self.start = start
        console = try ConsoleLog(path: path.appending("console.log"))
        application = try ApplicationLog(path: path.appending("application.log"))
    }

    /// Keeps a document as it was given, but for secrets.
    ///
    /// - Parameter number: of the document in the run, from 1; the first is `document.yaml`, the second `document-2.yaml`.
    public func keep(_ document: ComponentDocument, number: Int) throws(HostFailure) {
        let name = number == 1 ? "document.yaml" : "document-\(number).yaml"
        try DurableFile.write(Array(redact(document.source).utf8), to: path.appending(name))
    }

    /// Tells that a document begins.
    ///
    /// - Parameter location: as the caller gave it: a path, an s3:// address, an ARN.
    public func begin(_ document: ComponentDocument, at location: String) {
        console.write("Document \(location)")
        application.write("Info", redact("document \(location): \(document.description ?? "no description")"))
    }

    /// Tells what happens, without what steps print, which goes to the console log by itself.
    public func note(_ event: StepEvent) {
        console.note(event)
        application.note(event)
    }

    /// Writes `detailedoutput.json` and `chaining.json`, and ends the logs.
    ///
    /// - Parameter failure: what ended the run besides a failed step.
    /// - Returns: what the component runner prints.
    @discardableResult
    public func finish(_ documents: [DocumentResult], failure: String? = nil) throws -> RunSummary {
        var summary = RunSummary(documents, executionID: executionID, logURL: path.string)
        if let failure { (summary.status, summary.failureMessage) = (.failed, redact(failure)) }
        let detailed = DetailedOutput(
            executionId: executionID, status: summary.status, startTime: start, endTime: Date(),
            failureMessage: summary.failureMessage, documents: documents)
        try DurableFile.write(Array(try ResultJSON.encode(detailed)), to: path.appending("detailedoutput.json"))
        try DurableFile.write(Array(try ResultJSON.encode(Chaining(documents))), to: path.appending("chaining.json"))
        if summary.status == .failed {
            application.write("Error", summary.failureMessage)
            console.write("TOE has completed execution with failure - Execution failed!")
        } else {
            console.write("TOE has completed execution successfully")
        }
        return summary
    }

    private func redact(_ text: String) -> String {
        secrets.isEmpty ? text : Redactor.redact(text, secrets: secrets)
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
