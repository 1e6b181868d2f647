import ArgumentParser
import Builds
import Failures
import Foundation
import HostSystem
import SystemPackage

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "The log of a build, step by step.",
        discussion: "Examples:\n  kiln logs                 the newest build\n  kiln logs b-1764000000-1a2b3c4d")

    @Argument(help: "A build (default: the newest).")
    var build: String?

    func run() async throws {
        let home = KilnHome(environment: ProcessInfo.processInfo.environment)
        let builds = BuildFolder.all(home: home)
        guard let record = builds.first(where: { build == nil || $0.id == build }) else {
            throw BuildFailure(
                .invalid, build.map { "there is no build \($0)" } ?? "there are no builds yet",
                hint: "ls \(home.builds)")
        }
        Terminal.say(
            "\(record.id)  \(record.recipe) \(record.version)  \(record.state.rawValue)  \(record.reason ?? "")")
        try show(BuildFolder(home: home, id: record.id).logs)
    }

    private func show(_ folder: FilePath) throws {
        for name in try Folders.names(in: folder) {
            let path = folder.appending(name)
            if name.hasSuffix(".log") {
                Terminal.say("==> \(path)")
                Terminal.say(String(decoding: try Folders.read(path), as: UTF8.self))
            } else {
                try show(path)
            }
        }
    }
}
