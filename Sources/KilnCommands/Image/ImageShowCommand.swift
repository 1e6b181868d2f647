import ArgumentParser
import Builds
import Disks
import Failures
import Foundation

struct ImageShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "All that is known of one image.",
        discussion: "Examples:\n  kiln image show rocky-9\n  kiln image show web/1.2.0\n  kiln image show 3f0c2a91")

    @Argument(help: "A name, NAME/VERSION, or the beginning of a digest.")
    var image: String

    @Flag(help: "The image as JSON on standard output.")
    var json = false

    @OptionGroup var host: HostOptions

    func run() async throws {
        let entry = try ImageLibrary(home: host.home).find(image)
        if json { return Terminal.say(try ImageCommand.json(entry)) }
        var rows: [[String?]] = [
            ["name", entry.name], ["version", entry.version], ["kind", entry.kind.rawValue],
            ["state", entry.state.rawValue], ["digest", "sha256:\(entry.digest)"],
            ["created", entry.created?.formatted(.iso8601)], ["on disk", "\(entry.size) bytes"],
            ["virtual", "\(entry.virtualSize) bytes"], ["parent", entry.parent],
            ["parent's digest", entry.parentDigest.map { "sha256:\($0)" }],
            ["system", entry.system?.title], ["agent", entry.agent?.rawValue],
            ["starts by", entry.bootModes?.map(\.rawValue).joined(separator: ", ")], ["build", entry.build],
        ]
        rows.append(["file", entry.disk])
        for line in Table.lines(rows.compactMap { row in row[1].map { [row[0] ?? "", $0] } }) { Terminal.say(line) }
    }
}
