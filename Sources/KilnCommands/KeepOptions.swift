import ArgumentParser
import Guests

/// What every command that runs steps in a guest takes.
struct KeepOptions: ParsableArguments {
    @Flag(help: "Leave the guest running when a step fails, and say how to open a shell in it.")
    var keepOnFailure = false

    @Option(help: "How long such a guest stays: 90s, 30m, 4h, 2d; at most 7d (default: 4h).")
    var keepFor: String?

    func validate() throws {
        guard let keepFor else { return }
        guard keepOnFailure else { throw ValidationError("--keep-for says nothing without --keep-on-failure") }
        guard KeepPeriod.parse(keepFor) != nil else {
            throw ValidationError("--keep-for takes 90s, 30m, 4h or 2d, at most 7d, not '\(keepFor)'")
        }
    }

    /// How long a guest is kept that a step fails in; nil: it is not.
    var period: Duration? { keepOnFailure ? keepFor.flatMap(KeepPeriod.parse) ?? KeepPeriod.standard : nil }
}
