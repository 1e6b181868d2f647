import Foundation
import Guests
import HostSystem
import SystemPackage
import Testing

/// One guest for the tests of actions, on a fresh overlay of the base that KILN_TEST_BASE names.
enum ActionTestGuest {
    static let disk = ProcessInfo.processInfo.environment["KILN_TEST_BASE"].map { FilePath($0) }
    static var isThere: Bool { disk != nil }

    static func with(_ body: (ActionBench, FilePath) async throws -> Void) async throws {
        let home = KilnHome(environment: [
            "KILN_HOME": ProcessInfo.processInfo.environment["KILN_TEST_HOME"] ?? "/var/tmp/kiln-test-home"
        ])
        try Folders.create(home.cache)
        let acceleration = try await Acceleration.detect(home: home)
        let hypervisor = try await Hypervisor.open(home: home, acceleration: acceleration)
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        let overlay = folder.appending("disk.qcow2")
        let base = try #require(disk)
        try await HostCommand(
            "qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base.string, overlay.string]
        ).run()
        var definition = GuestDefinition(
            buildID: String(folder.string.suffix(8)), role: "actions", disk: overlay,
            console: folder.appending("console.log"))
        definition.bootLimit = .seconds(400)
        try await hypervisor.withGuest(definition) { guest in
            try await body(ActionBench(guest: guest, scratch: folder.appending("scratch")), folder)
        }
    }
}
