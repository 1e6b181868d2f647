import ArgumentParser

/// Whether a guest goes on from one that has booted before.
struct BootFlags: ParsableArguments {
    @Flag(help: "Boot the guest: go on from none that has booted before, and keep none.")
    var cold = false
}
