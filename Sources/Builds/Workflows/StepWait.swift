import Failures
public import Foundation
import HostSystem
import SystemPackage

/// How a step of a build waits for somebody's answer: by two files in the build's folder, whoever answers.
///
///     waiting.json    while a step waits: which, and how long
///     answer.json     what was answered; taken at once, and gone then
public struct StepWait: Sendable {
    public struct Pending: Codable, Sendable, Equatable {
        public var workflow: String
        public var step: String
        /// To the second.
        public var until: Date
    }

    public enum Action: String, Codable, Sendable, CaseIterable { case resume = "RESUME", stop = "STOP" }

    public struct Answer: Codable, Sendable, Equatable {
        public var action: Action
        public var reason: String?

        public init(_ action: Action, reason: String?) { (self.action, self.reason) = (action, reason) }
    }

    private let waiting: FilePath
    private let answerFile: FilePath
    private static let look = Duration.milliseconds(300)

    public init(_ folder: BuildFolder) {
        waiting = folder.path.appending("waiting.json")
        answerFile = folder.path.appending("answer.json")
    }

    /// What the build waits for; nil where nothing.
    public var pending: Pending? { JSONRecord.read(waiting) }

    /// - Throws: `BuildFailure` code `invalid` where nothing waits, or somebody has answered already.
    public func answer(_ answer: Answer) throws {
        guard let pending else { throw BuildFailure(.invalid, "no step of the build waits for an answer") }
        guard !Folders.exists(answerFile) else {
            throw BuildFailure(.invalid, "the step \(pending.step) has been answered already")
        }
        try JSONRecord.write(answer, to: answerFile)
    }

    /// Waits for an answer.
    ///
    /// - Returns: nil where nobody has answered in time.
    func wait(for pending: Pending, limit: Duration, whenWaiting: () -> Void) async throws -> Answer? {
        try Folders.remove(answerFile)
        try JSONRecord.write(pending, to: waiting)
        defer {
            try? Folders.remove(waiting)
            try? Folders.remove(answerFile)
        }
        whenWaiting()
        let end = ContinuousClock.now + limit
        while ContinuousClock.now < end {
            if let answer: Answer = JSONRecord.read(answerFile) { return answer }
            try await Task.sleep(for: Self.look)
        }
        return nil
    }
}
