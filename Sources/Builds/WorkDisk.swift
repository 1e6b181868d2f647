import Disks
import Documents
import Failures
import Guests
import SystemPackage

/// The overlay that a guest works on.
enum WorkDisk {
    /// - Parameter gibibytes: nil: as large as what is below it.
    /// - Throws: `BuildFailure` code `invalid` for a disk smaller than that; `DiskFailure`.
    static func create(_ overlay: FilePath, on below: FilePath, gibibytes: Int?) async throws {
        let size = gibibytes.map { Int64($0) << 30 }
        let current = try await QemuImage.information(below).virtualSize
        if let size, size < current {
            throw BuildFailure(
                .invalid,
                "the recipe's volume of \(size >> 30) GiB is smaller than its parent's of \(current >> 30) GiB",
                hint: "give Ebs.VolumeSize as \(current >> 30) or more")
        }
        try await QemuImage.createOverlay(overlay, on: below, size: size)
    }

    /// Gives a fresh overlay on a parent an agent, where the parent has none that serves.
    static func bringAgent(
        to overlay: FilePath, of parent: ParentDisk, appliance: ApplianceSettings, note: @Sendable (String) -> Void
    ) async throws(DiskFailure) {
        guard parent.agent.needsBundle else { return }
        note("\(parent.name) has no guest agent that serves: bringing one in for the build")
        try await AgentInjection.run(
            disk: overlay, system: parent.system, work: overlay.removingLastComponent(), settings: appliance)
    }
}

extension GuestDefinition {
    mutating func apply(_ settings: KilnSettings) {
        firmware = settings.firmware == .uefi ? .uefi : .bios
        network = settings.network == .none ? .none : .user
        virtualCPUs = settings.cpus
        memoryMiB = settings.memoryMiB
        bootLimit = .seconds(settings.bootTimeoutSeconds)
    }
}
