/// What each side's guest has.
struct GuestSize: Sendable {
    var processors = 2
    var mebibytes = 1024
}
