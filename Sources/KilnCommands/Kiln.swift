public import ArgumentParser

/// The `kiln` command: one file a subcommand below this folder, and nothing hidden under them.
public struct Kiln: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "kiln",
        abstract: "Builds EC2 Image Builder recipes on this machine, in real virtual machines.",
        discussion: """
            Examples:
              kiln doctor                          what this host can do, and what it lacks
              kiln validate template.yaml          check documents without starting a guest
              kiln apply template.yaml             register a template's resources
              kiln build template.yaml             build, test and export the image of a template
              kiln run component.yaml              run a component on a throwaway guest
              kiln cache ls                        what is kept of components and booted guests
              kiln export web --format vhd         write an image as files; --check: would EC2 take it
              kiln distribute web --template FILE  AMIs in the regions that the template names
              kiln logs                            the log of the newest build
              kiln action resume                   an answer for a build whose workflow waits for one
              kiln shell                           a shell in a guest that --keep-on-failure has kept
              kiln serve                           the EC2 Image Builder API, for the AWS CLI, boto3, Terraform
              kiln bundle web --output web.kiln    pack an image, signed, for `kiln unbundle` on another machine

            State lives in $KILN_HOME (default: the XDG data and cache folders).
            Exit status: 0 done, 1 build or test failed, 2 usage, 65 invalid document, 69 something needed is unavailable,
            130 interrupted.
            """,
        version: KilnVersion.current,
        subcommands: [
            DoctorCommand.self, ValidateCommand.self, ApplyCommand.self, BuildCommand.self, RunCommand.self,
            ImageCommand.self, CacheCommand.self,
            ExportCommand.self, DistributeCommand.self, LogsCommand.self, ActionCommand.self,
            ShellCommand.self, BundleCommand.self,
            UnbundleCommand.self, KeyCommand.self, ServeCommand.self, BuildImageCommand.self,
        ])

    public init() {}
}
