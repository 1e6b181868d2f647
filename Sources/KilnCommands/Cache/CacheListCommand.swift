import ArgumentParser
import Builds
import Foundation

struct CacheListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "The layers of components and the booted guests that are kept.",
        discussion: """
            What was used last is first. ON is what a layer lies on: another layer, or a parent's disk.

            Examples:
              kiln cache ls
              kiln cache ls --json
            """)

    @Flag(help: "The layers as a JSON list on standard output.")
    var json = false

    @OptionGroup var host: HostOptions

    func run() async throws {
        let entries = try LayerCache(home: host.home).entries()
        if json { return Terminal.say(try ImageCommand.json(entries)) }
        guard !entries.isEmpty else { return Terminal.complain("nothing is kept; kiln build keeps each component") }
        let header = ["KEY", "COMPONENT", "RECIPE", "DISK", "RAM", "USED", "ON", "STATE"]
        let rows = entries.map { entry in
            [
                Self.short(entry.key), Self.name(entry), entry.recipe.isEmpty ? "-" : entry.recipe,
                Self.mebibytes(entry.diskBytes), entry.memoryBytes == 0 ? "-" : Self.mebibytes(entry.memoryBytes),
                entry.used.map { $0.formatted(.iso8601) } ?? "-", Self.below(entry.below),
                entry.isUsed ? "in use" : "kept",
            ]
        }
        for line in Table.lines([header] + rows) { Terminal.say(line) }
        let total = entries.reduce(0) { $0 + $1.diskBytes + $1.memoryBytes }
        Terminal.complain("\(entries.count) layers, \(Self.mebibytes(total))")
    }

    static func short(_ key: String) -> String { String(key.prefix(12)) }

    static func name(_ entry: LayerCache.Entry) -> String {
        switch entry.kind {
        case .component: "\(entry.component)/\(entry.version)"
        case .boot: "(booted guest)"
        case .unreadable: "(unreadable)"
        }
    }

    static func mebibytes(_ bytes: Int64) -> String { "\((bytes + (1 << 20) - 1) >> 20) MiB" }

    private static func below(_ text: String) -> String {
        let parts = text.split(separator: ":")
        guard let key = parts.last else { return "-" }
        return parts.count == 2 ? "parent \(short(String(key)))" : short(text)
    }
}
