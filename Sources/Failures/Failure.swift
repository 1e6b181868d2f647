/// An error that can be shown to a person as it is: one sentence of what went wrong, one of how to mend it.
public protocol ReportableError: Error, CustomStringConvertible {
    /// What happened, with the numbers and names that explain it. No trailing full stop, no secrets.
    var message: String { get }
    /// The next thing to try: a command, a package, a setting.
    var hint: String? { get }
    var exitStatus: ExitStatus { get }
}

extension ReportableError {
    public var description: String {
        hint.map { "\(message) (\($0))" } ?? message
    }
}

/// What can go wrong in one module, as a list that may grow.
public protocol FailureCode: Sendable, Hashable {
    var exitStatus: ExitStatus { get }
}

/// The error of a module: each names its own codes, `typealias GuestFailure = Failure<GuestFailureCode>`.
public struct Failure<Code: FailureCode>: ReportableError {
    public let code: Code
    public let message: String
    public let hint: String?
    /// What led to it, for `--verbose` and for tests; the message already says what matters of it.
    public let cause: (any Error)?

    public init(_ code: Code, _ message: String, hint: String? = nil, cause: (any Error)? = nil) {
        self.code = code
        self.message = message
        self.hint = hint
        self.cause = cause
    }

    public var exitStatus: ExitStatus { code.exitStatus }
}
