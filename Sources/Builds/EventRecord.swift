public import Components
import Documents
public import Foundation
import SystemPackage

/// One line of a build's `events.jsonl`, and of `kiln build --json`: what happened, when, and to which step.
///
/// Members that mean nothing for an event are left out. `elapsed` and `seconds` are seconds, `done` and `total` bytes.
public struct EventRecord: Codable, Sendable, Equatable {
    public enum Kind: String, Codable, Sendable {
        case started, stageStarted, stageEnded, stepStarted, output, stepEnded, note, progress, ended
        /// The build has come to an action of Amazon's workflow.
        case action
        /// Of the user's workflows.
        case workflowStarted, workflowStepStarted, workflowStepWaiting, workflowStepEnded, workflowStepRolledBack,
            workflowEnded
    }

    public var event: Kind
    public var time: Date
    /// Since the build's start.
    public var elapsed: Double
    public var build: String?
    public var stage: String?
    public var component: String?
    public var phase: String?
    public var step: String?
    public var attempt: Int?
    /// Of a step: success, failed, ignored; of a build: its final state; of a workflow and its steps: AWS's words.
    public var status: String?
    public var exitCode: Int32?
    public var reason: String?
    public var seconds: Double?
    /// The step's log on this machine.
    public var log: String?
    public var text: String?
    public var done: Int?
    public var total: Int?
    /// The build version of a workflow.
    public var workflow: String?
    /// BUILD, TEST or DISTRIBUTION.
    public var type: String?
    public var group: String?
    public var steps: [WorkflowStepNote]?
    /// Of a workflow's step.
    public var action: String?
    /// JSON objects.
    public var inputs: String?
    public var outputs: String?
    /// Of a step that waits.
    public var until: Date?

    /// A step as the document has it.
    public struct WorkflowStepNote: Codable, Sendable, Equatable {
        public var name: String
        public var action: String
        public var description: String?

        public init(name: String, action: String, description: String?) {
            (self.name, self.action, self.description) = (name, action, description)
        }
    }

    public init(_ event: Kind, time: Date, elapsed: Double) {
        self.event = event
        self.time = time
        self.elapsed = elapsed
    }

    /// - Returns: nil for a step's output, which is in its log.
    public init?(_ event: BuildEvent, time: Date, elapsed: Double) {
        switch event {
        case .started(let id):
            self.init(.started, time: time, elapsed: elapsed)
            build = id
        case .stageStarted(let name):
            self.init(.stageStarted, time: time, elapsed: elapsed)
            stage = name
        case .stageEnded(let name, let spent):
            self.init(.stageEnded, time: time, elapsed: elapsed)
            (stage, seconds) = (name, spent)
        case .note(let note):
            self.init(.note, time: time, elapsed: elapsed)
            text = note
        case .ended(let state, let why):
            self.init(.ended, time: time, elapsed: elapsed)
            (status, reason) = (state.rawValue, why)
        case .step(.started(let name, let number, let file)):
            self.init(.stepStarted, time: time, elapsed: elapsed)
            (attempt, log) = (number, file.string)
            self.name(name)
        case .step(.ended(let name, let result)):
            self.init(.stepEnded, time: time, elapsed: elapsed)
            (status, exitCode, reason) = (result.status.rawValue, result.exitCode, result.reason)
            (seconds, log, attempt) = (result.seconds, result.log.string, result.attempts)
            self.name(name)
        case .step(.output): return nil
        case .action(let name):
            self.init(.action, time: time, elapsed: elapsed)
            action = name.rawValue
        case .workflow(let event): self.init(event, time: time, elapsed: elapsed)
        }
    }

    public mutating func name(_ name: StepName) {
        (component, phase, step) = (name.component, name.phase, name.step)
    }

    /// One line of JSON without its end, keys sorted, times as ISO 8601 with milliseconds.
    public var line: Data {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.dateEncodingStrategy = .custom { date, encoder in
                var container = encoder.singleValueContainer()
                try container.encode(date.formatted(Self.style))
            }
            return try encoder.encode(self)
        }
    }

    /// - Returns: nil for a line that is none: a crash may have cut the last one short.
    public init?(line: some Collection<UInt8>) {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            try Date(try decoder.singleValueContainer().decode(String.self), strategy: Self.style)
        }
        guard let record = try? decoder.decode(Self.self, from: Data(line)) else { return nil }
        self = record
    }

    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
}
