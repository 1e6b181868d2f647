import Foundation
import Guests
import HostSystem
import SystemPackage

/// Boots a guest on a fresh overlay of an image, and ends it after `body`.
func withBenchGuest(
    _ image: FilePath, _ folder: FilePath, _ body: @Sendable (RunningGuest) async throws -> Void
) async throws {
    let home = KilnHome(environment: ProcessInfo.processInfo.environment)
    try Folders.create(home.cache)
    let overlay = folder.appending("disk.qcow2")
    try await HostCommand(
        "qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", image.string, overlay.string],
        package: "qemu-utils"
    ).run()
    var definition = GuestDefinition(
        buildID: "\(ProcessInfo.processInfo.processIdentifier)", role: "bench", disk: overlay,
        console: folder.appending("console.log"))
    definition.network = .none
    let acceleration = try await Acceleration.detect(home: home)
    let hypervisor = try await Hypervisor.open(home: home, acceleration: acceleration)
    try await hypervisor.withGuest(definition) { guest in try await body(guest) }
}

extension RunningGuest {
    /// What a script prints on standard output; one that fails is an error.
    func answer(_ script: String) async throws -> String {
        let printed = BenchOutput()
        let command = GuestCommand(["bash", "-euc", script], limit: .seconds(3600))
        let exit = try await run(command) { if $0.stream == .standardOutput { printed.add($0.bytes) } }
        guard exit == .exited(0) else { throw BenchFailure("the guest ended a script of the bench with \(exit)") }
        return printed.text
    }
}

/// A figure that cannot be had, or one of something that went wrong.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
