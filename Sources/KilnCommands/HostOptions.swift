import ArgumentParser
import Disks
import Foundation
import Guests
import HostSystem
import SystemPackage

/// What every command that runs guests takes.
struct HostOptions: ParsableArguments {
    @Option(
        help:
            "A libvirt URI, such as qemu:///session (default: an ordinary user's session, root's inside this process).")
    var connect: String?

    @Option(
        help: ArgumentHelp(
            "Virtual processors that all guests of this home may have together (default: twice the host's).",
            valueName: "number"))
    var guestCpus: Int?

    @Option(
        help: ArgumentHelp(
            "Memory that all guests of this home may have together (default: three quarters of the host's).",
            valueName: "MiB"))
    var guestMemory: Int?

    func validate() throws {
        if let guestCpus, guestCpus < 1 { throw ValidationError("--guest-cpus takes a number from 1 on") }
        if let guestMemory, guestMemory < 1 { throw ValidationError("--guest-memory takes MiB, from 1 on") }
    }

    /// What the guests of all kiln processes of this home share.
    var budget: HostBudget { HostBudget(home: home, cpus: guestCpus, memoryMiB: guestMemory) }

    var home: KilnHome { KilnHome(environment: ProcessInfo.processInfo.environment) }

    func appliance(_ acceleration: Acceleration) -> ApplianceSettings {
        ApplianceSettings(acceleration: acceleration.kind == .kvm ? .kvm : .tcg, cache: home.libguestfs)
    }
}

/// Where the image definitions and the catalogue are.
enum ImageFolder {
    /// `$KILN_IMAGES`, else `images/` here or above, else beside the installed program.
    static func find() -> FilePath? {
        if let path = ProcessInfo.processInfo.environment["KILN_IMAGES"] { return FilePath(path) }
        let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/"
        for start in [FilePath(FileManager.default.currentDirectoryPath), FilePath(program).removingLastComponent()] {
            var folder = start
            while true {
                for candidate in [folder.appending("images"), folder.appending("share/kiln/images")]
                where Folders.exists(candidate.appending("catalog.yaml")) { return candidate }
                guard folder.removeLastComponent() else { break }
            }
        }
        return nil
    }
}
