import Foundation
import PackagePlugin

/// Compiles `GuestRunner/` into a static binary for the guest and hands it to the module as a Swift source file,
/// so that `kiln` is one file to install and a guest needs nothing but a kernel to run what Kiln sends it.
@main
struct EmbedGuestRunner: BuildToolPlugin {
    func createBuildCommands(context: PluginContext, target: any Target) throws -> [Command] {
        let folder = context.package.directoryURL.appending(path: "GuestRunner")
        let script = folder.appending(path: "embed.sh")
        let names = [
            "kiln-guest-runner.c", "port.c", "jobs.c", "terminal.c", "files.c", "files-replace.c", "files-tree.c",
            "wake.c",
        ]
        let sources = names.map { folder.appending(path: $0) }
        let output = context.pluginWorkDirectoryURL.appending(path: "GuestRunnerBinary.swift")
        return [
            .buildCommand(
                displayName: "Compiling the guest runner",
                executable: URL(filePath: "/bin/sh"),
                arguments: [script.path, output.path] + sources.map(\.path),
                inputFiles: sources + [script] + ["files.h", "runner.h", "wake.h"].map { folder.appending(path: $0) },
                outputFiles: [output])
        ]
    }
}
