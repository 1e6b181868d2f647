import ArgumentParser
import Builds

/// Which finished components of earlier builds a build takes.
struct LayerFlags: ParsableArguments {
    @Flag(help: "Run all components, also those that have not changed since an earlier build.")
    var noCache = false

    @Option(help: "Run this component (its name, or its number in the recipe) and all that follow it.")
    var from: String?

    @Flag(help: "Say of each component why it runs or does not.")
    var explain = false

    @OptionGroup var boots: BootFlags

    var options: LayerOptions {
        LayerOptions(usesKept: !noCache, from: from, explains: explain, keepsBoots: !boots.cold)
    }
}
