import Documents
import Foundation
import Guests
import Synchronization
import SystemPackage

@testable import Components

/// Runs documents on a scripted guest, and keeps what happened.
final class Harness: Sendable {
    let guest: ScriptedGuest
    let folder: FilePath
    let events = Mutex<[String]>([])
    let outputs = Mutex<[UInt8]>([])
    /// Every place that was saved, and the guest as it was then.
    let places = Mutex<[(position: RunPosition, guest: ScriptedGuest.State)]>([])
    let secrets: [String]
    let components: [String: String]
    let origins: (any FileOrigins)?

    init(
        secrets: [String] = [], components: [String: String] = [:], origins: (any FileOrigins)? = nil,
        guest: ScriptedGuest = ScriptedGuest()
    ) {
        self.guest = guest
        folder = FilePath(NSTemporaryDirectory()).appending("kiln-run-\(UUID().uuidString)")
        (self.secrets, self.components, self.origins) = (secrets, components, origins)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder.string) }

    struct UnknownComponent: Error {}

    func environment(console: ConsoleLog? = nil) -> RunEnvironment {
        let components = components
        return RunEnvironment(
            guest: guest, workingDirectory: "/tmp", logs: folder, secrets: secrets, origins: origins,
            component: { arn in
                guard let text = components[arn] else { throw UnknownComponent() }
                return text
            },
            console: console,
            save: { position in self.places.withLock { $0.append((position, self.guest.snapshot)) } },
            observe: { event in
                switch event {
                case .started(let name, let attempt, _):
                    self.events.withLock { $0.append("start \(name.phase)/\(name.step) \(attempt)") }
                case .output(_, let bytes): self.outputs.withLock { $0 += bytes.prefix(max(0, (1 << 20) - $0.count)) }
                case .ended(let name, let result):
                    self.events.withLock { $0.append("end \(name.phase)/\(name.step) \(result.status.rawValue)") }
                }
            })
    }

    func run(
        _ text: String, parameters: [String: String] = [:], phases: [String]? = nil, from position: RunPosition? = nil,
        console: ConsoleLog? = nil
    ) async throws -> DocumentResult {
        let document = try ComponentDocument.parse(text: text, file: "test.yaml")
        return try await DocumentRunner(environment(console: console)).run(
            document, named: "test", location: "arn:test", phases: phases, parameters: parameters, from: position)
    }

    var journal: [String] { guest.journal }
    var logs: [String] {
        let walk = FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []
        return walk.filter { $0.hasSuffix(".log") }.sorted()
    }

    func log(_ name: String) -> String {
        (try? String(contentsOfFile: folder.appending(name).string, encoding: .utf8)) ?? ""
    }

    /// Everything the run wrote on the host.
    var everythingWritten: String {
        let walk = FileManager.default.enumerator(atPath: folder.string)?.compactMap { $0 as? String } ?? []
        return walk.map { log($0) }.joined(separator: "\n")
    }
}

/// A document of one build phase with these steps, each indented by nothing.
func document(_ steps: String, head: String = "") -> String {
    let lines = steps.split(separator: "\n", omittingEmptySubsequences: false).map { "      " + $0 }.joined(
        separator: "\n")
    return "name: test\nschemaVersion: 1.0\n\(head)\nphases:\n  - name: build\n    steps:\n\(lines)\n"
}

/// One step that runs commands.
func bash(_ name: String, _ commands: String..., also: String = "") -> String {
    let list = commands.map { "      - '\($0)'" }.joined(separator: "\n")
    let extra = also.isEmpty ? "" : also.split(separator: "\n").map { "  \($0)\n" }.joined()
    return "- name: \(name)\n  action: ExecuteBash\n\(extra)  inputs:\n    commands:\n\(list)\n"
}
