/// What a condition asks the guest.
enum GuestProbe: Sendable, Equatable {
    /// A program in PATH, or at a path.
    case binary(String)
    /// Anything at the path but a folder; links are followed.
    case file(String)
    case folder(String)
    /// Whether a file has this hash, in hexadecimal digits of any case. A file that is not there has none.
    case digest(FileDigest.Kind, path: String, String)
}
