import ArgumentParser
import Exporting
import Foundation
import HostSystem
import SystemPackage

/// Raw and stream-optimised VMDK of an image with the SHA-256 of each, against `qemu-img convert` to each and `sha256sum` of each.
struct ExportFigure: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Export of an image to raw and VMDK, with digests.")

    @Argument(help: "A qcow2 image that stands alone, such as a base image.")
    var image: String

    @OptionGroup var options: BenchOptions

    func run() async throws {
        try await BenchFolder.with(options.scratch) { folder in
            let machine = try await Machine.describe()
            let figure = try await measure(FilePath(image), folder)
            try BenchReport(machine: machine, figures: [figure]).show(options)
        }
    }

    private func measure(_ image: FilePath, _ folder: FilePath) async throws -> Figure {
        // Read once beforehand: both sides find it in memory.
        try await warm(image)
        let (raw, vmdk) = (folder.appending("other.raw"), folder.appending("other.vmdk"))
        var figure = try await Figure.measure(
            "export", "raw and VMDK of \(fileSize(image) >> 20) MiB qcow2, with SHA-256 of each",
            against: "qemu-img convert to each, sha256sum of each", runs: options.runs
        ) {
            _ = try await ImageExport.run(image: image, name: "kiln", formats: [.raw, .vmdk], to: folder)
        } other: {
            for (format, file, extra) in [
                ("raw", raw, ["-W", "-m", "4"]),
                ("vmdk", vmdk, ["-o", "subformat=streamOptimized,adapter_type=lsilogic"]),
            ] {
                try await HostCommand(
                    "qemu-img", ["convert", "-q", "-f", "qcow2", "-O", format] + extra + [image.string, file.string],
                    limit: .seconds(3600), package: "qemu-utils"
                ).run()
                try await HostCommand("sha256sum", [file.string], limit: .seconds(3600)).run()
            }
        }
        figure.ratios["VMDK size"] = Double(fileSize(folder.appending("kiln.vmdk"))) / Double(fileSize(vmdk))
        figure.peakMemoryMiB = peakMemoryMiB()
        for (file, format) in [("kiln.raw", "raw"), ("kiln.vmdk", "vmdk")] {
            // A fast export of something else would be no figure.
            try await HostCommand(
                "qemu-img",
                ["compare", "-q", "-f", "qcow2", "-F", format, image.string, folder.appending(file).string],
                limit: .seconds(3600)
            ).run()
        }
        return figure
    }
}
