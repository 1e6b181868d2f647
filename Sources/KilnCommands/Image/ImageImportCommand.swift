import ArgumentParser
import Builds
import Disks
import Failures
import Guests
import SystemPackage

struct ImageImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Makes a disk of yours a parent that recipes can name.",
        discussion: """
            The disk is checked, copied below $KILN_HOME and looked into; the file itself is not changed and not needed
            afterwards. It has to hold one Linux with systemd for x86_64; a QEMU guest agent in it is not needed.

            Examples:
              kiln image import rocky-9 Rocky-9-GenericCloud.latest.x86_64.qcow2
              kiln image import appliance disk.vmdk --replace
            """)

    @Argument(help: "The name for it: lower-case letters, digits, and . _ - after the first.")
    var name: String

    @Argument(help: "A qcow2, raw or VMDK image of a whole disk.", completion: .file())
    var disk: String

    @Flag(help: "Let the name stand for this disk even if it stands for another.")
    var replace = false

    @Flag(help: "The image as JSON on standard output.")
    var json = false

    @OptionGroup var host: HostOptions

    func run() async throws {
        let library = ImageLibrary(home: host.home)
        let acceleration = try await Acceleration.detect(home: host.home)
        let record = try await library.importDisk(
            FilePath(disk), as: name, taken: try Parents.catalogNames(), replace: replace,
            settings: host.appliance(acceleration)
        ) { Terminal.complain($0) }
        if json { return Terminal.say(try ImageCommand.json(try library.find(record.name))) }
        let contents = record.contents
        let agent = contents.agent.needsBundle ? "agent brought in for builds" : "agent"
        Terminal.say(
            "\(record.name): \(contents.system.title), starts by "
                + "\(contents.bootModes.map(\.rawValue).joined(separator: " and ")), \(agent), "
                + "\(contents.hasCloudInit ? "cloud-init" : "no cloud-init"); sha256:\(record.digest)")
    }
}
