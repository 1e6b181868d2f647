import ArgumentParser
import Builds
import Documents
import Failures
import Guests

struct ImageMakeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "make",
        abstract: "Makes a base image from its definition where it is not there, and prints the path of its disk.",
        discussion: "Example: kiln image make debian-12")

    @Argument(help: "A base image, or a reference that the catalogue knows.")
    var name: String

    @OptionGroup var host: HostOptions

    func run() async throws {
        let acceleration = try await Acceleration.detect(home: host.home)
        let parents = Parents(home: host.home, settings: host.appliance(acceleration)) { Terminal.complain($0) }
        let reference: ParentReference
        do { reference = try ParentReference(name) } catch {
            throw ValidationError(error.description)
        }
        let parent = Positioned(reference, at: .start(of: "NAME"))
        Terminal.say(try await parents.disk(for: parent, own: ParentCatalog(entries: [])).disk)
    }
}
