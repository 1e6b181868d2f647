import Documents
import Foundation
import Glibc
import Guests
import HostSystem
import Origins
import Synchronization
import SystemPackage
import Testing

@testable import Components

/// Documents under fixtures/conformance, each with its expected outcome beside it, run on one real guest.
@Suite(.serialized, .enabled(if: ProcessInfo.processInfo.environment["KILN_TEST_BASE"] != nil)) struct ConformanceTests
{
    /// What `NAME.expected.json` says. "@" stands for the document's working directory.
    struct Expected: Decodable {
        var status: DocumentStatus
        /// By "phase.step": all that have run, and no others.
        var steps: [String: StepRecord.Status]
        /// As the results have them.
        var outputs: [String: String]?
        /// What a failure's message contains.
        var reasons: [String: String]?
        /// Content by path; nil: nothing is there.
        var files: [String: String?]?
    }

    private static let fixtures = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent()
        .appending("fixtures/conformance")

    /// The names of the documents; those that reboot come last.
    private static func names() throws -> [String] {
        let names = try Folders.names(in: fixtures).filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }
        return names.sorted { ($0 == "reboots" ? 1 : 0, $0) < ($1 == "reboots" ? 1 : 0, $1) }
    }

    @Test("Every document of the conformance suite has its expected outcome", .timeLimit(.minutes(15)))
    func all() async throws {
        let names = try Self.names()
        #expect(names.count >= 8)
        try await withGuest { guest, folder in
            try await printsMuch(guest, folder)
            for name in names { try await run(name, on: guest, folder) }
        }
    }

    /// A step that prints 256 MiB on a real guest: all of it is on disk, and next to nothing of it in memory.
    private func printsMuch(_ guest: RunningGuest, _ folder: FilePath) async throws {
        let size = 256 << 20
        let text = document(bash("much", "yes sixteen-bytes.. | head -c \(size)"))
        let before = try Self.residentMemory()
        let most = Mutex(0)
        let environment = RunEnvironment(
            guest: guest, workingDirectory: "/var/tmp", logs: folder.appending("logs-much"), secrets: ["a secret value"]
        ) { event in
            guard case .output = event, let now = try? Self.residentMemory() else { return }
            most.withLock { $0 = max($0, now) }
        }
        let result = try await DocumentRunner(environment).run(
            try ComponentDocument.parse(text: text, file: "much.yaml"), named: "much")
        #expect(result.status == .success, "\(result.failureMessage)")
        let attributes = try FileManager.default.attributesOfItem(atPath: result.steps[0].log)
        #expect(attributes[.size] as? Int == size)
        try Folders.remove(folder.appending("logs-much"))
        let grown = most.withLock { $0 } - before
        #expect(grown < 64 << 20, "grew by \(grown >> 20) MiB")
    }

    /// Bytes of this process (proc_pid_statm(5)).
    private static func residentMemory() throws -> Int {
        let text = String(decoding: try Folders.read("/proc/self/statm"), as: UTF8.self)
        return (Int(text.split(separator: " ")[1]) ?? 0) * sysconf(Int32(_SC_PAGESIZE))
    }

    private func run(_ name: String, on guest: RunningGuest, _ folder: FilePath) async throws {
        let file = Self.fixtures.appending("\(name).yaml")
        let text = try String(contentsOfFile: file.string, encoding: .utf8)
        let document = try ComponentDocument.parse(text: text, file: file.string)
        let data = try Data(contentsOf: URL(filePath: Self.fixtures.appending("\(name).expected.json").string))
        let expected = try JSONDecoder().decode(Expected.self, from: data)
        let place = "/var/tmp/conformance/\(name)"
        _ = try await guest.run(GuestCommand(["mkdir", "-p", place], limit: .seconds(60))) { _ in }
        let bucket = folder.appending("bucket")
        try Folders.create(bucket)
        let origins = try HostOrigins(
            settings: nil, folders: ["s3://files": bucket, "https://example.org/files": bucket], isOffline: true)
        let environment = RunEnvironment(
            guest: guest, workingDirectory: place, logs: folder.appending("logs").appending(name), secrets: [],
            origins: origins
        ) { _ in }
        let result = try await DocumentRunner(environment).run(document, named: name)
        #expect(result.status == expected.status, "\(name): \(result.failureMessage)")
        var steps: [String: StepRecord] = [:]
        for phase in result.phases {
            for step in phase.steps { steps["\(phase.name).\(step.name)"] = step }
        }
        for key in Set(steps.keys).union(expected.steps.keys).sorted() {
            let why = steps[key].map { "\($0.failureMessage) \($0.lastLines)" } ?? "did not run"
            #expect(steps[key]?.status == expected.steps[key], "\(name): \(key): \(why)")
        }
        for (key, outputs) in expected.outputs ?? [:] {
            #expect(steps[key]?.outputs == outputs.replacing("@", with: place), "\(name): \(key)")
        }
        for (key, reason) in expected.reasons ?? [:] {
            #expect(
                steps[key]?.failureMessage.contains(reason) == true,
                "\(name): \(key): \(steps[key]?.failureMessage ?? "")")
        }
        for (path, content) in expected.files ?? [:] {
            let found = try? await guest.read("\(place)/\(path)", limit: 1 << 20)
            let text = found.map { String(decoding: $0, as: UTF8.self) }
            #expect(text == content?.replacing("@", with: place), "\(name): \(path)")
        }
    }

    private func withGuest(_ body: @Sendable (RunningGuest, FilePath) async throws -> Void) async throws {
        let variables = ProcessInfo.processInfo.environment
        let base = try #require(variables["KILN_TEST_BASE"])
        let home = KilnHome(environment: ["KILN_HOME": variables["KILN_TEST_HOME"] ?? "/var/tmp/kiln-test-home"])
        try Folders.create(home.cache)
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let overlay = folder.appending("disk.qcow2")
        try await HostCommand(
            "qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, overlay.string]
        ).run()
        var definition = GuestDefinition(
            buildID: String(folder.lastComponent?.string.suffix(8) ?? "x"), role: "conformance", disk: overlay,
            console: folder.appending("console.log"))
        definition.bootLimit = .seconds(400)
        let acceleration = try await Acceleration.detect(home: home)
        let hypervisor = try await Hypervisor.open(home: home, acceleration: acceleration)
        try await hypervisor.withGuest(definition) { guest in try await body(guest, folder) }
    }
}
