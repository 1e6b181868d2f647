import Builds
import Disks
import Documents
import Failures
import Guests
import HostSystem
import SystemPackage

/// Finds the disk that stands for a recipe's parent, and makes it where it is not there yet.
///
/// In this order: what the settings' `parents` say, the catalogue, an image that Kiln has built (by its ARN, with any
/// account and region: they are one machine's), and names of this machine: imported disks, then built images.
struct Parents {
    let home: KilnHome
    let settings: ApplianceSettings
    let report: @Sendable (String) -> Void

    /// - Parameter own: the parents that the build's settings name.
    /// - Throws: `DocumentFailure` where nothing stands for it; what making a base image throws.
    func disk(for parent: Positioned<ParentReference>, own: ParentCatalog) async throws -> ParentDisk {
        let catalog = own.followed(by: try Self.catalog())
        let library = ImageLibrary(home: home)
        if let name = catalog.image(for: parent.value) {
            if let disk = try await local(name, library) { return disk }
            throw DocumentFailure([catalog.missing(parent, image: name)])
        }
        switch parent.value {
        case .image(let arn) where !arn.isManaged:
            if let disk = library.built(arn.name, version: arn.version ?? .any, build: arn.build) { return disk }
        case .name(let name):
            if let disk = try await local(name, library) { return disk }
        default: break
        }
        let local = ParentCatalog(entries: try library.names().map { .init(image: $0, patterns: []) })
        throw DocumentFailure([catalog.followed(by: local).missing(parent)])
    }

    /// A local image by its name: defined, imported or built.
    private func local(_ name: String, _ library: ImageLibrary) async throws -> ParentDisk? {
        guard let folder = ImageFolder.find()?.appending(name), Folders.exists(folder.appending("image.yaml")) else {
            return try library.named(name)
        }
        let definition = try BaseImageDefinition(folder: folder)
        let maker = BaseImageMaker(definition: definition, home: home, settings: settings, report: report)
        let (disk, record) = try await maker.image()
        return ParentDisk(
            kind: .made, name: name, digest: record.digest, disk: disk.string, bootModes: [.bios, .uefi])
    }

    /// What Kiln itself brings; nothing where it has been installed without.
    private static func catalog() throws -> ParentCatalog {
        guard let folder = ImageFolder.find() else { return ParentCatalog(entries: []) }
        let file = folder.appending("catalog.yaml").string
        let text = try SourceText.decode(try Folders.read(FilePath(file)), file: file)
        return try ParentCatalog.parse(text: text, file: file)
    }

    /// The names that belong to the catalogue, which no import may have.
    static func catalogNames() throws -> Set<String> {
        let defined = try ImageFolder.find().map { folder in
            try Folders.names(in: folder).filter { Folders.exists(folder.appending($0).appending("image.yaml")) }
        }
        return Set(try catalog().entries.map(\.image) + (defined ?? []))
    }
}
