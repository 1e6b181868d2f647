import Disks
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

/// Finds the disk that stands for a recipe's parent, and makes it where it is not there yet.
struct Parents {
    let home: KilnHome
    let settings: ApplianceSettings
    let report: @Sendable (String) -> Void

    /// - Parameter own: the parents that the build's settings name, asked before the catalogue.
    func disk(for parent: Positioned<ParentReference>, own: ParentCatalog) async throws -> FilePath {
        guard let folder = ImageFolder.find() else {
            throw DiskFailure(
                .invalidDefinition, "there is no images/catalog.yaml", hint: "set KILN_IMAGES to the folder that has it"
            )
        }
        let file = folder.appending("catalog.yaml").string
        let text = try SourceText.decode(try Folders.read(FilePath(file)), file: file)
        let catalog = own.followed(by: try ParentCatalog.parse(text: text, file: file))
        guard let name = catalog.image(for: parent.value) else {
            throw DocumentFailure([catalog.missing(parent)])
        }
        let definition = try BaseImageDefinition(folder: folder.appending(name))
        return try await BaseImageMaker(definition: definition, home: home, settings: settings, report: report).ensure()
    }
}
