import ArgumentParser
import Builds
import Disks
import Failures
import Foundation
import SystemPackage

struct ImageShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "All that is known of one image.",
        discussion: """
            Examples:
              kiln image show rocky-9
              kiln image show web/1.2.0
              kiln image show 3f0c2a91 --packages
            """)

    @Argument(help: "A name, NAME/VERSION, or the beginning of a digest.")
    var image: String

    @Flag(help: "The packages of its system instead: names and versions, as its package manager has them.")
    var packages = false

    @Flag(help: "The image, or its packages, as JSON on standard output.")
    var json = false

    @OptionGroup var host: HostOptions

    func run() async throws {
        let entry = try ImageLibrary(home: host.home).find(image)
        if packages { return try showPackages(of: entry) }
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

    private func showPackages(of entry: ImageEntry) throws {
        guard let packages = PackageList.read(beside: FilePath(entry.disk)) else {
            throw DiskFailure(
                .notFound, "nobody has listed the packages of \(entry.name)",
                hint: "builds list them, unless EnhancedImageMetadataEnabled is false, and imports do")
        }
        if json { return Terminal.say(try ImageCommand.json(packages)) }
        for line in Table.lines(packages.map { [$0.name, $0.version] }) { Terminal.say(line) }
    }
}
