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

    func disk(for reference: String) async throws -> FilePath {
        let folder = ImageFolder.find()
        guard let folder else {
            throw DiskFailure(
                .invalidDefinition, "there is no images/catalog.yaml", hint: "set KILN_IMAGES to the folder that has it"
            )
        }
        let file = folder.appending("catalog.yaml")
        let text = String(decoding: try Folders.read(file), as: UTF8.self)
        let diagnostics = Diagnostics()
        guard let catalog = ParentCatalog(text, file: file.string, diagnostics: diagnostics), !diagnostics.hasErrors
        else {
            throw DocumentFailure(.invalid, diagnostics.all.map(\.description).joined(separator: "\n"))
        }
        guard let name = catalog.image(for: reference) else {
            let known = catalog.entries.map(\.image).joined(separator: ", ")
            throw DocumentFailure(
                .invalid, "no local image stands for the parent \(reference); there are: \(known)",
                hint: "add the reference to \(file)")
        }
        let definition = try BaseImageDefinition(folder: folder.appending(name))
        return try await BaseImageMaker(definition: definition, home: home, settings: settings, report: report).ensure()
    }
}
