/// What `kiln` tells the shell. The numbers follow sysexits(3) where it has one.
public enum ExitStatus: Int32, Sendable {
    case done = 0
    /// The build or the test failed.
    case failed = 1
    case usage = 2
    /// A document is invalid (EX_DATAERR).
    case invalidDocument = 65
    /// Something needed is not there: libvirt, S3, disk space (EX_UNAVAILABLE).
    case unavailable = 69
    /// Ended by ^C (128 + SIGINT).
    case interrupted = 130
}
