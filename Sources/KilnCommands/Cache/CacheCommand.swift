import ArgumentParser

struct CacheCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache", abstract: "What is kept of components and of booted guests.",
        discussion: """
            Nothing but time is lost with it: what is not there is made again.

            Examples:
              kiln cache ls                        what there is, and what it takes
              kiln cache rm --recipe web           what builds of one recipe have kept
              kiln cache verify                    whether all of it is what was kept
            """,
        subcommands: [CacheListCommand.self, CacheRemoveCommand.self, CacheVerifyCommand.self])
}
