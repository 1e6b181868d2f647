import Failures
import Glibc
import Guests

extension Failure where Code == ActionFailureCode {
    /// The guest's errno that led to it.
    var errno: Int32? { ((cause as? GuestFailure)?.cause as? GuestErrno)?.number }

    var isNotFound: Bool { errno == ENOENT || errno == ENOTDIR }
}
