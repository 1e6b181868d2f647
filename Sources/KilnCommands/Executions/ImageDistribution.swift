import Distributing
import Foundation
import HostSystem
import Store
import SystemPackage

/// What DistributeImage asks for, as the image's document has it.
struct ImageDistribution {
    /// The build that has made the image.
    let build: String
    /// SHA-256 of its disk.
    let disk: String
    private let configuration: [String: Any]

    /// Nil for an image that is to be built.
    init?(of image: StoredResource) {
        guard let document = try? JSONSerialization.jsonObject(with: image.document) as? [String: Any],
            let kiln = document["kiln"] as? [String: Any], kiln["distributes"] is String,
            let build = kiln["build"] as? String, let disk = kiln["image"] as? String,
            let configuration = document["distributionConfiguration"] as? [String: Any]
        else { return nil }
        (self.build, self.disk, self.configuration) = (build, disk, configuration)
    }

    /// Writes the configuration as the input of an AWS CLI command, which `kiln distribute` reads.
    ///
    /// - Returns: the file.
    func write(to folder: FilePath) throws -> FilePath {
        try ExecutionFolder.beginDocuments(in: folder)
        let input = configuration.filter { ["name", "description", "distributions"].contains($0.key) }
        let file = folder.appending("distribution.json")
        let data = try JSONSerialization.data(
            withJSONObject: input, options: [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted])
        try DurableFile.write(Array(data), to: file, permissions: 0o600)
        return file
    }

    /// How it ended, by the words of a build's end.
    ///
    /// - Parameter report: nil: nothing was sent.
    func result(of image: StoredResource, _ report: DistributionReport?) -> ExecutionResult {
        ExecutionResult(
            event: "finished", build: build, name: image.name, version: image.version.map { "\($0)" } ?? "",
            image: disk, distribution: report)
    }
}
