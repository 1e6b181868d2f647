import ArgumentParser
import Builds
import Failures

struct CacheVerifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Reads all layers and compares them with what was kept.",
        discussion: """
            A build does so with each that it takes, and drops what is damaged. Exit status 1: something is.

            Examples:
              kiln cache verify
              kiln cache verify --drop
            """)

    @Flag(help: "Remove what is damaged, and what lies on it.")
    var drop = false

    @Flag(help: "What is damaged as a JSON list on standard output.")
    var json = false

    @OptionGroup var host: HostOptions

    func run() async throws {
        let cache = LayerCache(home: host.home)
        let count = try cache.entries().count
        let view = BuildView(json: false)
        let damaged = try await cache.verify(drops: drop) { view.progress("reading layers", $0, $1) }
        view.close()
        if json { Terminal.say(try ImageCommand.json(damaged)) }
        for damage in damaged {
            let name = damage.component.isEmpty ? "" : " (\(damage.component))"
            let end = damage.isDropped ? ": dropped" : drop ? ": in use, and left" : ""
            Terminal.complain("\(CacheListCommand.short(damage.key))\(name): \(damage.what)\(end)")
        }
        guard !damaged.isEmpty else { return Terminal.complain("\(count) layers are what was kept") }
        if damaged.allSatisfy(\.isDropped) { return }
        throw BuildFailure(
            .failed, "\(damaged.count) of \(count) layers are damaged",
            hint: drop ? "wait for the build that uses them" : "kiln cache verify --drop")
    }
}
