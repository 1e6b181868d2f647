import Disks
import HostSystem
import SystemPackage

/// `virt-customize` on an overlay of the base, then `virt-sysprep`.
struct CustomizePeer: Sendable {
    let tools: GuestfsTools
    let base: FilePath
    let folder: FilePath
    let size: GuestSize

    /// - Returns: the image, a qcow2 overlay on the base.
    func build(_ work: BenchWork) async throws -> FilePath {
        let disk = folder.appending("customize.qcow2")
        try Folders.remove(disk)
        try await QemuImage.createOverlay(disk, on: base)
        let commands = work.parts.flatMap { ["--run-command", $0.script] }
        try await tools.run(
            "virt-customize",
            ["-q", "--smp", "\(size.processors)", "--memsize", "\(size.mebibytes)", "-a", disk.string] + commands)
        try await tools.sysprep(disk)
        return disk
    }
}
