import ArgumentParser
import Builds
import Disks
import Exporting
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

struct ExportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Writes an image as files for other places, or says whether EC2 would take it.",
        discussion: """
            Examples:
              kiln export web/1.2.0                                   raw and stream-optimised VMDK into kiln-output
              kiln export web --format vhd,qcow2-compressed --output out
              kiln export b-1764000000-1a2b3c4d --format vhd-fixed --force
              kiln export disk.qcow2 --format vmdk                    a disk file, not an image of this home
              kiln export web --check                                 what EC2 would refuse, or would not start
              kiln export web --check --via import-image --json

            Formats: raw, vmdk (stream-optimised), vhd (dynamic), vhd-fixed, qcow2, qcow2-compressed; two kinds of one format
            are one file, so one of them at a time. docs/export.md tells what each is for, and what --check looks at.
            """)

    enum Way: String, ExpressibleByArgument, CaseIterable {
        case importSnapshot = "import-snapshot"
        case importImage = "import-image"
        case ebsDirect = "ebs-direct"
    }

    @Argument(
        help: "A name, NAME/VERSION, the beginning of a digest, a build's id, or the path of a disk file.",
        completion: .file())
    var image: String

    @Option(help: "What to write, separated by commas (default: raw,vmdk).")
    var format: String?

    @Option(help: "The folder for the files (default: kiln-output).")
    var output: String?

    @Option(help: "The files' name without the ending (default: the image's name and version).")
    var name: String?

    @Flag(help: "Write over files that are there.")
    var force = false

    @Flag(help: "Only look whether EC2 would take the image and start it; exit status 1 where not.")
    var check = false

    @Option(help: "With --check: a way into EC2, each given by itself (default: import-snapshot and ebs-direct).")
    var via: [Way] = []

    @Flag(help: "The result as JSON on standard output.")
    var json = false

    @OptionGroup var host: HostOptions

    func validate() throws {
        if check,
            let extra = [("--format", format), ("--output", output), ("--name", name)].first(where: { $0.1 != nil })
        {
            throw ValidationError("--check writes nothing: leave out \(extra.0)")
        }
        if check, force { throw ValidationError("--check writes nothing: leave out --force") }
        if !check, !via.isEmpty { throw ValidationError("--via is for --check") }
        if let name, name.contains("/") || name.isEmpty || name.hasPrefix(".") {
            throw ValidationError("'\(name)' is no name for a file")
        }
    }

    func run() async throws {
        let formats = try Artifact.Format.list((format ?? "raw,vmdk").split(separator: ",").map(String.init))
        let source = try await ExportImage.find(image, home: host.home)
        if check { return try await look(source) }
        let folder = FilePath(KilnHome.currentDirectory).pushing(FilePath(output ?? "kiln-output"))
        // Not BuildView's JSON: that is a build's events.
        let view = BuildView(json: false)
        view.note("exporting \(source.label) as \(formats.map(\.rawValue).joined(separator: ", "))")
        let start = ContinuousClock.now
        defer { view.close() }
        let artifacts = try await ImageExport.run(
            image: source.disk, isRaw: source.format == "raw", name: name ?? source.name, formats: formats, to: folder,
            replaces: force
        ) { done, total in view.progress("export", done, total) }
        view.close()
        try ExportSummary(source, artifacts, folder, seconds: (ContinuousClock.now - start).seconds).show(json: json)
    }

    private func look(_ source: ExportImage) async throws {
        let view = BuildView(json: false)
        defer { view.close() }
        let acceleration = try await Acceleration.detect(home: host.home)
        view.note("looking into \(source.label)")
        view.show(.stageStarted("check"))
        let start = ContinuousClock.now
        let readiness = try await EC2Preflight.run(
            disk: source.disk, format: source.format, settings: host.appliance(acceleration))
        view.show(.stageEnded("check", seconds: (ContinuousClock.now - start).seconds))
        view.close()
        let ways = via.compactMap { EC2Finding.Way(rawValue: $0.rawValue) }
        let report = ReadinessReport(
            image: source.label, ways: ways.isEmpty ? EC2Readiness.usualWays : ways, readiness: readiness)
        try report.show(json: json)
        if !report.isReady { throw ExitCode(ExitStatus.failed.rawValue) }
    }
}
