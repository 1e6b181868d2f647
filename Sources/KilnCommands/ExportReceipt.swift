import Builds
import Exporting
import HostSystem
import SystemPackage

/// What a build has exported, kept beside its record: a build that makes the same image need not write and send it again.
struct ExportReceipt: Codable {
    private struct File: Codable {
        var artifact: Artifact
        var stamp: FileStamp
    }

    private var folder: String
    private var files: [File]
    private var uploads: [Manifest.Upload]

    init(_ exported: Exported, in folder: FilePath) throws {
        self.folder = folder.string
        files = try exported.artifacts.map {
            File(artifact: $0, stamp: try FileStamp(of: folder.appending($0.file)))
        }
        uploads = exported.uploads
    }

    /// - Returns: nil where there is none, or none that can be read.
    static func load(of build: String, home: KilnHome) -> ExportReceipt? {
        JSONRecord.read(file(build, home))
    }

    func save(of build: String, home: KilnHome) throws {
        try JSONRecord.write(self, to: Self.file(build, home))
    }

    private static func file(_ build: String, _ home: KilnHome) -> FilePath {
        BuildFolder(home: home, id: build).path.appending("exports.json")
    }

    /// The artifacts of these formats and no others, all as they were written; nil where one is not.
    func artifacts(_ formats: [Artifact.Format], in folder: FilePath) -> [Artifact]? {
        guard folder.string == self.folder, Set(formats) == Set(files.map(\.artifact.format)) else { return nil }
        let whole = files.filter { (try? FileStamp(of: folder.appending($0.artifact.file))) == $0.stamp }
        return whole.count == files.count ? files.map(\.artifact) : nil
    }

    /// Where the files were written, which of them are there as they were, and the names of those that are not.
    var state: (folder: FilePath, there: [Artifact], missing: [String]) {
        let folder = FilePath(folder)
        let whole = files.filter { (try? FileStamp(of: folder.appending($0.artifact.file))) == $0.stamp }.map(
            \.artifact)
        return (folder, whole, files.map(\.artifact.file).filter { name in !whole.contains { $0.file == name } })
    }

    var hasUploads: Bool { !uploads.isEmpty }

    func upload(of artifact: Artifact) -> Manifest.Upload? { uploads.first { $0.file == artifact.file } }
}
