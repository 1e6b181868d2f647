import Documents
import Failures
import Glibc
import Guests

/// Runs its commands, or a script file, by PowerShell. A module of Windows; on Linux it runs where `pwsh` is installed, whose exit
/// code 3010 arrives as 194, the same request for a reboot. Output `stdout`.
enum ExecutePowerShell: Action {
    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        let input = inputs.only
        var script: GuestScript?
        let file: String
        switch (input.has("commands"), input.string("file")) {
        case (true, nil):
            let commands = context.script(input.strings("commands"), extension: "ps1")
            (script, file) = (commands, commands.path)
        case (false, let path?):
            guard path.lowercased().hasSuffix(".ps1") else {
                throw input.wrong("file", "is \"\(path)\", expected the path of a .ps1 file")
            }
            file = path
        case (false, nil): throw input.wrong("commands", "is missing: give either commands or file")
        case (true, .some): throw input.wrong("file", "is given beside commands: give one of them")
        }
        do throws(ActionFailure) {
            return try await context.run(
                ["pwsh", "-NoLogo", "-NoProfile", "-NonInteractive", "-File", file], script: script)
        } catch {
            guard error.errno == ENOENT else { throw error }
            throw ActionFailure(
                .unsupported, "ExecutePowerShell does not run on this guest: it has no pwsh",
                hint: "use ExecuteBash on Linux, or install PowerShell in an earlier step", cause: error)
        }
    }
}
