import ArgumentParser
import Foundation
import Guests
import HostSystem
import SystemPackage

/// Whole builds, from a base image to a cleaned one, against Packer and virt-customize with virt-sysprep after each.
///
/// Times are from a program's start to its end. Processors' seconds are the whole machine's: guests are no children of `kiln`.
struct BuildsFigure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "builds", abstract: "Whole builds of a base image, against Packer and virt-customize.")

    @Argument(help: "The base image: a qcow2 image that stands alone and holds a Debian.")
    var image: String

    @Option(help: "The kiln to measure (default: the one beside this program).")
    var kiln: String?

    @Option(help: "MiB that each of five equal components makes a digest of.")
    var part = 160

    @OptionGroup var options: BenchOptions

    func validate() throws {
        guard (1...65_536).contains(part) else { throw ValidationError("--part takes 1 to 65536") }
    }

    func run() async throws {
        let peers = "\(try await PackerPeer.version()), \(try await GuestfsTools.version())"
        var machine = try await Machine.describe()
        let home = KilnHome(environment: ProcessInfo.processInfo.environment)
        let acceleration = try await Acceleration.detect(home: home)
        machine.acceleration = acceleration.kind.rawValue
        machine.peers = peers
        try await BenchFolder.with(options.scratch) { folder in
            let bench = try await BuildsBench.prepare(
                FilePath(image), kiln: kiln.map { FilePath($0) } ?? besideThis("kiln"), acceleration: acceleration,
                guestfs: home.libguestfs, folder: folder)
            let figures = try await bench.figures(runs: options.runs, part: part)
            try BenchReport(machine: machine, figures: figures).show(options)
        }
    }
}
