import Builds
import Disks
import Failures
import HostSystem
import SystemPackage

/// What `kiln export` exports: an image of this home, or a disk file of the user's.
struct ExportImage {
    var disk: FilePath
    /// qcow2, raw or vmdk.
    var format: String
    /// For messages.
    var label: String
    /// Of the files to write.
    var name: String
    /// Of an image of this home.
    var entry: ImageEntry?
    /// SHA-256 of such an image.
    var digest: String? { entry?.digest }

    /// A path that says so ("./x", "/x", "x.qcow2") is a file; all else is an image, and a file where no image is called so.
    ///
    /// - Throws: `DiskFailure`: `notFound`, `invalidName` where it means several, and what examining a disk throws.
    static func find(_ text: String, home: KilnHome) async throws(DiskFailure) -> ExportImage {
        let isPath = text.hasPrefix("/") || text.hasPrefix("./") || text.hasPrefix("../")
        if isPath { return try await file(text) }
        let library = ImageLibrary(home: home)
        if let build = BuildFolder.all(home: home).first(where: { $0.id == text }) {
            guard let digest = build.image else {
                throw DiskFailure(
                    .notFound, "the build \(text) has made no image (\(build.state.rawValue))",
                    hint: "kiln logs \(text)")
            }
            // Another image may have the same digest: an import of this one, say.
            let own = try library.entries().first {
                $0.digest == digest && $0.name == build.recipe && $0.version == build.version
            }
            if let own { return image(own) }
            return image(try library.find(digest))
        }
        do throws(DiskFailure) {
            return image(try library.find(text))
        } catch  where error.code == .notFound && Folders.exists(FilePath(text)) {
            return try await file(text)
        }
    }

    private static func image(_ entry: ImageEntry) -> ExportImage {
        let name = entry.kind == .unknown ? "sha256-\(entry.digest.prefix(12))" : entry.name
        let version = entry.version.map { "-\($0)" } ?? ""
        return ExportImage(
            disk: FilePath(entry.disk), format: "qcow2", label: "\(name)\(version) (sha256:\(entry.digest.prefix(12)))",
            name: "\(name)\(version)".replacing("/", with: "-"), entry: entry)
    }

    /// Checked as an import's is: what it says it depends on must not be read.
    private static func file(_ text: String) async throws(DiskFailure) -> ExportImage {
        let source = try await SourceDisk.examine(FilePath(text))
        return ExportImage(
            disk: source.path, format: source.formatName, label: text, name: source.path.stem ?? "disk")
    }
}
