public import SystemPackage

/// What happens while documents run, for whoever shows it.
///
/// Every `started` of a name is followed by one `ended` of it, several where a step is attempted again. The iterations of a
/// loop and the steps of a nested document come between those of their step.
public enum StepEvent: Sendable {
    case started(StepName, attempt: Int, log: FilePath)
    /// Secrets hidden already.
    case output(StepName, [UInt8])
    case ended(StepName, StepResult)
}

/// A step, by the names that the documents give.
public struct StepName: Sendable, Equatable, CustomStringConvertible {
    /// "app"; of a step in a nested document "app › base".
    public var component: String
    public var phase: String
    /// "install"; of an iteration "install [2/3]".
    public var step: String

    public init(component: String, phase: String, step: String) {
        (self.component, self.phase, self.step) = (component, phase, step)
    }

    public var description: String { "\(component) › \(phase) › \(step)" }

    /// The name of one iteration of the step's loop.
    func iteration(_ index: Int, of count: Int) -> StepName {
        StepName(component: component, phase: phase, step: "\(step) [\(index + 1)/\(count)]")
    }
}

/// How a step ended.
public struct StepResult: Sendable, Equatable {
    public enum Status: String, Sendable {
        case success, failed
        /// It failed, and its onFailure is Ignore.
        case ignored
        /// Its `if` says so; it counts as a success.
        case skipped
    }
    public var status: Status
    /// Of the last attempt; nil where it had none (a signal, the time limit, an action that runs no program).
    public var exitCode: Int32?
    public var attempts: Int
    public var seconds: Double
    /// What went wrong, as in "exit code 3".
    public var reason: String?
    public var lastLines: [String]
    public var log: FilePath
}
