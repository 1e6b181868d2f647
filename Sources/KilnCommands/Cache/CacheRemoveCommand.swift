import ArgumentParser
import Builds
import Failures

struct CacheRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Removes layers, and what lies on them.",
        discussion: """
            What a build uses now, and what a guest runs on that --keep-on-failure has kept, stays.

            Examples:
              kiln cache rm 3f0c2a91
              kiln cache rm --recipe web --component install-nginx
              kiln cache rm --all
            """)

    @Argument(help: "Keys, or their first digits, as kiln cache ls shows them.")
    var keys: [String] = []

    @Option(help: "Layers of the components of this name.")
    var component: String?

    @Option(help: "Layers that builds of this recipe have made.")
    var recipe: String?

    @Flag(help: "All of them.")
    var all = false

    @Flag(help: "What was removed as a JSON list on standard output.")
    var json = false

    @OptionGroup var host: HostOptions

    func validate() throws {
        let ways = [!keys.isEmpty, component != nil || recipe != nil, all].count { $0 }
        guard ways != 1 else { return }
        throw ValidationError(
            ways == 0
                ? "name layers by their keys, by --component or --recipe, or give --all"
                : "give keys, or --component and --recipe, or --all: one of these")
    }

    func run() async throws {
        let cache = LayerCache(home: host.home)
        let entries = try cache.entries()
        let (gone, used) = try await cache.remove(try chosen(entries))
        if json { Terminal.say(try ImageCommand.json(gone)) }
        let bytes = gone.reduce(0) { $0 + $1.diskBytes + $1.memoryBytes }
        Terminal.complain("removed \(gone.count) layers, \(CacheListCommand.mebibytes(bytes))")
        guard let first = used.first else { return }
        throw BuildFailure(
            .failed,
            "\(used.count == 1 ? "a layer is" : "\(used.count) layers are") in use, "
                + "\(CacheListCommand.short(first.key)) (\(CacheListCommand.name(first))) for one",
            hint: "wait for the build that uses it, or end a guest that was kept: kiln shell --list")
    }

    private func chosen(_ entries: [LayerCache.Entry]) throws -> [LayerCache.Entry] {
        if all { return entries }
        guard keys.isEmpty else { return try keys.map { try entry($0, entries) } }
        let found = entries.filter { entry in
            entry.kind != .unreadable && (component == nil || entry.component == component)
                && (recipe == nil || entry.recipe == recipe)
        }
        guard !found.isEmpty else {
            throw BuildFailure(
                .invalid, "no layer is of \([component, recipe].compactMap { $0 }.joined(separator: " of "))",
                hint: "kiln cache ls")
        }
        return found
    }

    private func entry(_ key: String, _ entries: [LayerCache.Entry]) throws -> LayerCache.Entry {
        let found = entries.filter { $0.key.hasPrefix(key.lowercased()) }
        if let entry = found.first, found.count == 1 { return entry }
        throw BuildFailure(
            .invalid, found.isEmpty ? "no layer's key begins with '\(key)'" : "\(found.count) keys begin with '\(key)'",
            hint: "kiln cache ls")
    }
}
