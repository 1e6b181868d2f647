import ArgumentParser
import Builds
import Failures
import Foundation

struct ImageListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "The images that were made, imported and built.",
        discussion: "Examples:\n  kiln image ls\n  kiln image ls --json")

    @Flag(help: "The images as a JSON list on standard output.")
    var json = false

    @OptionGroup var host: HostOptions

    func run() async throws {
        let entries = try ImageLibrary(home: host.home).entries()
        if json { return Terminal.say(try ImageCommand.json(entries)) }
        guard !entries.isEmpty else {
            Terminal.complain("there are no images yet; kiln image make debian-12, or kiln image import NAME DISK")
            return
        }
        let header = ["NAME", "VERSION", "KIND", "STATE", "DIGEST", "SIZE", "DISK", "CREATED", "PARENT"]
        let rows = entries.map { entry in
            [
                entry.name, entry.version ?? "-", entry.kind.rawValue, entry.state.rawValue,
                String(entry.digest.prefix(12)), Self.megabytes(entry.size), Self.megabytes(entry.virtualSize),
                entry.created.map { $0.formatted(.iso8601) } ?? "-",
                entry.parent.map { $0.split(separator: "/").last.map(String.init) ?? $0 } ?? "-",
            ]
        }
        for line in Table.lines([header] + rows) { Terminal.say(line) }
    }

    private static func megabytes(_ bytes: Int64) -> String {
        bytes >= 10 << 30 ? "\(bytes >> 30) GiB" : "\(bytes >> 20) MiB"
    }
}

/// Columns as wide as their widest cell.
enum Table {
    static func lines(_ rows: [[String]]) -> [String] {
        guard let columns = rows.first?.count else { return [] }
        let widths = (0..<columns).map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            zip(row, widths).enumerated().map { index, pair in
                index == columns - 1 ? pair.0 : pair.0 + String(repeating: " ", count: pair.1 - pair.0.count)
            }.joined(separator: "  ")
        }
    }
}
