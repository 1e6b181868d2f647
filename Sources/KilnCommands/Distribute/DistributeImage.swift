import Builds
import Disks
import Distributing
import Documents
import Foundation
import HostSystem
import SystemPackage

/// What `kiln distribute` distributes, and what AMIs of it are called after.
struct DistributeImage {
    var file: ExportImage
    var name: String
    var version: String?
    var digest: String
    var created: Date
    var buildNumber: Int

    /// - Throws: `DiskFailure`, `HostFailure`.
    static func find(_ text: String, home: KilnHome) async throws -> DistributeImage {
        let file = try await ExportImage.find(text, home: home)
        let modified = Date(timeIntervalSince1970: Double(try FileStamp(of: file.disk).modified) / 1e9)
        guard let digest = file.digest else {
            let path = file.disk
            let digest = try await offPool { try FileDigest.sha256(path).digest }
            return DistributeImage(file: file, name: file.name, digest: digest, created: modified, buildNumber: 1)
        }
        let entry = try ImageLibrary(home: home).find(digest)
        return DistributeImage(
            file: file, name: entry.kind == .unknown ? file.name : entry.name, version: entry.version, digest: digest,
            created: entry.created ?? modified, buildNumber: number(of: entry, home: home))
    }

    /// Which of the images of its version it is, by the age of their builds.
    private static func number(of entry: ImageEntry, home: KilnHome) -> Int {
        let builds = BuildFolder.all(home: home)
            .filter { $0.state == .available && $0.recipe == entry.name && $0.version == entry.version }
            .sorted { $0.started < $1.started }
        return (builds.firstIndex { $0.image == entry.digest } ?? 0) + 1
    }

    func described(_ readiness: EC2Readiness, arn: ImageBuilderARN?) -> DistributedImage {
        DistributedImage(
            name: name, version: version, digest: digest, created: created, buildNumber: buildNumber, arn: arn,
            readiness: readiness)
    }
}
