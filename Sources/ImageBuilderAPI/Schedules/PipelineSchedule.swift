import Failures
public import Foundation
import Scheduling
public import Store

/// What a pipeline's document says of when it runs.
struct PipelineSchedule: Sendable {
    /// Nil where it runs by hand alone.
    let schedule: Schedule?
    /// Whether a run is left out where nothing that the recipe names is newer; so it is where nothing is said.
    let needsUpdates: Bool
    /// After how many scheduled builds that failed in a row the pipeline is disabled; nil: never.
    let failureLimit: Int?

    /// - Parameter document: the pipeline's, or a request for one.
    init(_ document: JSONValue) throws(APIError) {
        let given = document["schedule"]
        if let expression = given?["scheduleExpression"]?.text {
            do { schedule = try Schedule(expression, timeZone: given?["timezone"]?.text) } catch {
                let member = error.code == .badTimeZone ? "timezone" : "scheduleExpression"
                throw APIError.invalidValue("schedule.\(member)", "\(error.description).")
            }
        } else {
            schedule = nil
        }
        needsUpdates = given?["pipelineExecutionStartCondition"]?.text != "EXPRESSION_MATCH_ONLY"
        failureLimit = given?["autoDisablePolicy"]?["failureCount"]?.integer
    }

    init(of pipeline: StoredResource) throws(APIError) {
        guard let document = try? JSONParser.parse(Array(pipeline.document)) else {
            throw APIError("ServiceUnavailableException", "The stored document of '\(pipeline.arn)' cannot be read.")
        }
        try self.init(document)
    }
}

extension KilnStore {
    /// Sets when a pipeline runs next, as its schedule and its state say. To be called where either has changed.
    ///
    /// - Returns: nil where it does not run by itself.
    @discardableResult
    public func planNextRun(of pipeline: String, after date: Date) async throws -> Date? {
        guard let resource = try await resource(pipeline) else { return nil }
        let next = try resource.nextRun(after: date)
        try await setNextRun(next, of: pipeline)
        return next
    }
}

extension StoredResource {
    /// A rate is counted from the pipeline's last change.
    func nextRun(after date: Date) throws(APIError) -> Date? {
        guard state != "DISABLED" else { return nil }
        return try PipelineSchedule(of: self).schedule?.next(after: date, start: updatedAt)
    }
}
