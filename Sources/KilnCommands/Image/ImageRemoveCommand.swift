import ArgumentParser
import Builds
import Failures

struct ImageRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Removes an image.",
        discussion: """
            An image that others were built on cannot be removed before them: they have only what differs from it. What a
            running build uses stays.

            Examples:
              kiln image rm rocky-9
              kiln image rm web/1.2.0
              kiln image rm 3f0c2a91 --force
            """)

    @Argument(help: "A name, NAME/VERSION, or the beginning of a digest.")
    var image: String

    @Flag(help: "Remove it even if an unfinished build could still be resumed on it.")
    var force = false

    @Flag(help: "What was removed as JSON on standard output.")
    var json = false

    @OptionGroup var host: HostOptions

    func run() async throws {
        let entry = try await ImageLibrary(home: host.home).remove(image, force: force)
        do { try await StoredImages.noteRemoval(of: entry, home: host.home) } catch {
            let message = (error as? any ReportableError)?.message ?? "\(error)"
            Terminal.complain("kiln: the image is removed, but still in the store: \(message)")
        }
        if json { return Terminal.say(try ImageCommand.json(entry)) }
        Terminal.complain("removed \(entry.name) sha256:\(entry.digest)")
    }
}
