import Builds
import Bundles
import Disks
import Exporting
import Failures
import HostSystem
import SystemPackage

/// What a home has of an image, to be packed.
struct BundleContents {
    private(set) var image: BundleIndex.Image
    private(set) var items: [BundleItem]
    /// What is not there, to be told.
    private(set) var notes: [String] = []
    private let entry: ImageEntry
    /// Stays while it is packed.
    private let whole: ImageLibrary.WholeDisk
    private let home: KilnHome

    init(_ entry: ImageEntry, home: KilnHome) async throws {
        guard entry.state == .available else {
            throw BundleFailure(
                .unusable, "\(entry.name) is \(entry.state.rawValue), and only AVAILABLE images are bundled",
                hint: "kiln image ls")
        }
        (self.entry, self.home) = (entry, home)
        whole = try await ImageLibrary(home: home).whole(entry)
        let disk = whole.disk
        // The digest that an older Kiln has kept of an image it made may be that of the definition.
        let digest = entry.kind == .made ? try await offPool { try FileDigest.sha256(disk).digest } : whole.digest
        if whole.isCopy {
            notes.append(
                "the image has only what differs from its parent; the bundle has it whole, as sha256:\(digest)")
        }
        // As distributions have it, here and where the bundle is unpacked.
        let began = DistributeImage.made(entry.digest, name: entry.name, version: entry.version, home: home).began
        items = [BundleItem("disk.qcow2", .disk, .file(disk), digest: digest)]
        image = BundleIndex.Image(
            name: entry.name, version: entry.version, digest: digest, virtualSize: entry.virtualSize,
            system: entry.system?.title, created: began ?? entry.created, build: entry.build, parent: entry.parent,
            parentDigest: entry.parentDigest, components: [])
        if let origin = BundleIndex.read(beside: FilePath(entry.disk))?.image, origin.digest == digest {
            inherit(origin)
        }
        guard let build else { return }
        image.components = build.layers.map { .init(name: $0.component, version: $0.version, document: $0.document) }
        try addLogs(build)
        try addExports(build)
    }

    /// The build that made it.
    var build: BuildRecord? { entry.build.flatMap { BuildFolder(home: home, id: $0).load() } }

    mutating func add(_ documents: BundleDocuments) throws {
        if let build { try documents.check(build) }
        items += documents.items
    }

    mutating func leaveOutArtifacts() { items.removeAll { $0.role == .artifact } }

    /// The lineage of an image that has come in a bundle itself.
    private mutating func inherit(_ origin: BundleIndex.Image) {
        let name = image.name
        image = origin
        image.name = name
    }

    private mutating func addLogs(_ build: BuildRecord) throws {
        let folder = BuildFolder(home: home, id: build.id)
        for path in try Self.files(below: folder.logs) {
            items.append(BundleItem("logs/\(path)", .log, .file(FilePath("\(folder.logs)/\(path)"))))
        }
        if Folders.exists(folder.events) { items.append(BundleItem("logs/events.jsonl", .log, .file(folder.events))) }
    }

    /// The artifacts that the build has exported, and the manifest (and SBOM) beside them, if they are still the image's.
    private mutating func addExports(_ build: BuildRecord) throws {
        guard let exports = ExportReceipt.load(of: build.id, home: home)?.state else { return }
        let folder = exports.folder
        for missing in exports.missing {
            notes.append(
                "the artifact \(folder.appending(missing)) is not there as it was exported; the bundle goes without")
        }
        items += exports.there.map {
            BundleItem("artifacts/\($0.file)", .artifact, .file(folder.appending($0.file)), digest: $0.sha256)
        }
        let name = "\(build.recipe)-\(build.version)"
        let manifest = folder.appending("\(name)-manifest.json")
        guard JSONRecord.read(manifest, as: Manifest.self)?.digest == entry.digest else {
            notes.append("\(manifest) is not there, or another image's; the bundle goes without")
            return
        }
        items.append(BundleItem("manifest.json", .manifest, .file(manifest)))
        for file in try Folders.names(in: folder) where file.hasPrefix(name) {
            guard [".spdx.json", ".cdx.json", "-sbom.json"].contains(where: file.hasSuffix) else { continue }
            items.append(BundleItem("sbom/\(file)", .sbom, .file(folder.appending(file))))
        }
    }

    /// Regular files only, by their path from the folder.
    private static func files(below folder: FilePath, _ prefix: String = "") throws -> [String] {
        try Folders.names(in: folder).flatMap { name in
            let path = folder.appending(name)
            return Folders.isFolder(path) ? try files(below: path, "\(prefix)\(name)/") : [prefix + name]
        }
    }
}
