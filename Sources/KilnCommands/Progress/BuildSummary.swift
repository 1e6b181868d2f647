import Builds
import Disks
import Distributing
import Exporting
import Foundation
import HostSystem
import SystemPackage

/// The end of a build that went well: where everything is, where the time went, and one line that says it all.
struct BuildSummary: Encodable {
    var event = "finished"
    var build: String
    var name: String
    var version: String
    /// SHA-256 of the frozen image, 64 hexadecimal digits.
    var image: String
    /// The frozen image's file.
    var disk: String
    /// The artifacts' folder; nil where nothing was exported.
    var output: String?
    var artifacts: [Artifact]
    /// `s3://BUCKET/KEY`, where something was uploaded.
    var location: String?
    /// How the regions ended, where the image was to be distributed.
    var distribution: DistributionReport?
    /// Seconds, in order.
    var stages: [Stage]
    /// Seconds by whose they were: waiting, boots, components, export, upload, own, total.
    var seconds: [String: Double]

    struct Stage: Encodable {
        var name: String
        var seconds: Double
    }

    init(
        _ outcome: BuildEngine.Outcome, _ plan: BuildPlan, _ exported: Exported, _ folder: FilePath, _ timings: Timings
    ) {
        build = outcome.build.id
        (name, version) = (plan.name, plan.version)
        image = outcome.image.digest
        disk = outcome.image.disk.string
        output = exported.artifacts.isEmpty ? nil : folder.string
        artifacts = exported.artifacts
        location = exported.location
        distribution = exported.distribution
        stages = timings.stages.map { Stage(name: $0.name, seconds: $0.seconds) }
        seconds = timings.summary
    }

    var lines: [String] {
        func part(_ name: String) -> String { Duration.seconds(seconds[name] ?? 0).inSeconds }
        let waited = (seconds["waiting"] ?? 0) < 1 ? "" : ", of which \(part("waiting")) waiting for other guests"
        let folder = FilePath(output ?? "")
        let files =
            artifacts.isEmpty
            ? [disk] : artifacts.map { "\(folder.appending($0.file))  \($0.size >> 20) MiB  sha256:\($0.sha256)" }
        let times = stages.map { "\($0.name) \(Duration.seconds($0.seconds).inSeconds)" }.joined(separator: ", ")
        let names = artifacts.map(\.file).joined(separator: " ")
        let regions = distribution.map { DistributionSummary($0).lines } ?? []
        return files + (location.map { [$0] } ?? []) + regions + [
            "time: \(part("total"))\(waited); guests' boots \(part("boots")), components \(part("components")), "
                + "export \(part("export")), upload \(part("upload")), Kiln's own \(part("own"))",
            "\(name) \(version) AVAILABLE sha256:\(image) [\(names)] \(times)",
        ]
    }

    func show(json: Bool) throws {
        guard json else { return lines.forEach(Terminal.say) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        Terminal.say(String(decoding: try encoder.encode(self), as: UTF8.self))
    }
}
