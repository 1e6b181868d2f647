import Exporting
import HostSystem
import SystemPackage

/// The end of an export: the files, and how long it took.
struct ExportSummary: Encodable {
    /// As the user may name it.
    var image: String
    /// SHA-256 of the image; nil for a disk file.
    var digest: String?
    /// The image's file.
    var disk: String
    /// The folder of the artifacts.
    var output: String
    var artifacts: [Artifact]
    var seconds: Double

    init(_ source: ExportImage, _ artifacts: [Artifact], _ folder: FilePath, seconds: Double) {
        image = source.name
        digest = source.digest
        disk = source.disk.string
        output = folder.string
        self.artifacts = artifacts
        self.seconds = seconds
    }

    func show(json: Bool) throws {
        if json { return Terminal.say(try ImageCommand.json(self)) }
        for artifact in artifacts {
            Terminal.say(
                "\(FilePath(output).appending(artifact.file))  \(artifact.size >> 20) MiB  sha256:\(artifact.sha256)")
        }
        let count = artifacts.count == 1 ? "1 file" : "\(artifacts.count) files"
        Terminal.say("\(count) in \(Duration.seconds(seconds).inSeconds)")
    }
}
