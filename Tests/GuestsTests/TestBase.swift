import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Guests

/// What the tests on real guests need: a bootable base disk, named by KILN_TEST_BASE (`make test` makes and names it).
enum TestBase {
    static let disk = ProcessInfo.processInfo.environment["KILN_TEST_BASE"].map { FilePath($0) }
    static var isThere: Bool { disk != nil }

    /// One home for the whole run: QEMU's capabilities and the acceleration are asked for once.
    static let home = KilnHome(environment: [
        "KILN_HOME": ProcessInfo.processInfo.environment["KILN_TEST_HOME"] ?? "/var/tmp/kiln-test-home"
    ])

    static func withHypervisor<Value: Sendable>(_ body: (Hypervisor) async throws -> Value) async throws -> Value {
        try Folders.create(home.cache)
        let acceleration = try await Acceleration.detect(home: home)
        return try await body(try await Hypervisor.open(home: home, acceleration: acceleration))
    }

    /// A scratch folder with a fresh overlay of the base, and the definition of a guest on it.
    static func withDefinition<Value: Sendable>(
        _ role: String, _ body: (GuestDefinition, FilePath) async throws -> Value
    ) async throws -> Value {
        let base = try #require(disk)
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let overlay = folder.appending("disk.qcow2")
        try await HostCommand(
            "qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base.string, overlay.string]
        ).run()
        var definition = GuestDefinition(
            buildID: String(folder.lastComponent?.string.suffix(8) ?? "x"), role: role, disk: overlay,
            console: folder.appending("console.log"))
        definition.bootLimit = .seconds(900)
        return try await body(definition, folder)
    }
}
