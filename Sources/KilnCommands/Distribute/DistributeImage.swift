import Builds
import Bundles
import Disks
import Documents
import Foundation
import HostSystem
import SystemPackage

/// What is distributed, and what AMIs of it are called after.
struct DistributeImage {
    var file: ExportImage
    var name: String
    var version: String?
    /// nil: of a disk file, which has to be read for it.
    var digest: String?
    var created: Date
    var buildNumber: Int

    /// - Throws: `DiskFailure`, `HostFailure`.
    static func find(_ text: String, home: KilnHome) async throws -> DistributeImage {
        let file = try await ExportImage.find(text, home: home)
        let modified = Date(timeIntervalSince1970: Double(try FileStamp(of: file.disk).modified) / 1e9)
        guard let entry = file.entry, case let digest = entry.digest else {
            return DistributeImage(file: file, name: file.name, created: modified, buildNumber: 1)
        }
        let (number, built) = made(digest, name: entry.name, version: entry.version, home: home)
        // One that a bundle has brought is as old as it was where it was made: its AMIs are called the same wherever they are
        // made from.
        let origin = BundleIndex.read(beside: FilePath(entry.disk))?.image
        return DistributeImage(
            file: file, name: entry.kind == .unknown ? file.name : entry.name,
            version: entry.version ?? origin?.version,
            digest: digest, created: built ?? origin?.created ?? entry.created ?? modified, buildNumber: number)
    }

    /// The image of a build that has passed its tests, while the build still runs.
    static func built(_ outcome: BuildEngine.Outcome, home: KilnHome) -> DistributeImage {
        let (build, image) = (outcome.build, outcome.image)
        let (number, built) = made(image.digest, name: build.recipe, version: build.version, home: home)
        let label = "\(build.recipe)-\(build.version)"
        return DistributeImage(
            file: ExportImage(
                disk: image.disk, format: "qcow2", label: "\(label) (sha256:\(image.digest.prefix(12)))", name: label),
            name: build.recipe, version: build.version, digest: image.digest, created: built ?? build.started,
            buildNumber: number)
    }

    /// One that is still to be built, for checks of its names.
    static func planned(_ plan: BuildPlan, home: KilnHome) -> DistributeImage {
        let number = builds(plan.name, plan.version, home).count + 1
        return DistributeImage(
            file: ExportImage(disk: plan.base, format: "qcow2", label: plan.name, name: plan.name), name: plan.name,
            version: plan.version, digest: "", created: Date(), buildNumber: number)
    }

    /// Which of the images of its version it is, by the age of their builds, and when the first build that made it began: a
    /// later one that found nothing changed has the same image, whose AMIs keep their names.
    static func made(_ digest: String, name: String, version: String?, home: KilnHome) -> (number: Int, began: Date?) {
        let builds = builds(name, version ?? "", home, of: digest)
        guard let index = builds.firstIndex(where: { $0.image == digest }) else { return (1, nil) }
        return (index + 1, builds[index].started)
    }

    /// The oldest first.
    ///
    /// - Parameter digest: of an image whose build may still run.
    private static func builds(_ name: String, _ version: String, _ home: KilnHome, of digest: String? = nil)
        -> [BuildRecord]
    {
        BuildFolder.all(home: home).filter { build in
            build.recipe == name && build.version == version
                && (build.state == .available || build.isTested == true && build.image == digest)
        }.sorted { $0.started < $1.started }
    }

    /// Of the file.
    func sha256() async throws -> String {
        if let digest { return digest }
        let path = file.disk
        return try await offPool { try FileDigest.sha256(path).digest }
    }
}
