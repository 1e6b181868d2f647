public import Failures

/// What is wrong with a schedule as it is written.
public enum ScheduleFailureCode: FailureCode {
    /// Neither cron(…) nor rate(…), or one that means nothing.
    case badExpression
    case badTimeZone

    public var exitStatus: ExitStatus { .invalidDocument }
}

public typealias ScheduleFailure = Failure<ScheduleFailureCode>
