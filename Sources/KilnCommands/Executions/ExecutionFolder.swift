import Foundation
import HostSystem
import Store
import SystemPackage

/// Where the build of an image keeps what is its own beside the build's folder:
///
///     data/executions/<account>-<region>-<name>-<version>-<build>/
///         log            what the process that builds it says, and `kiln build` on standard error
///         documents/     what `kiln build` reads, while it runs; for its owner alone
struct ExecutionFolder: Sendable {
    let path: FilePath

    init(home: KilnHome, image: ResourceARN) {
        let version = image.version.map { "\($0)" } ?? "x"
        let name = "\(image.account)-\(image.region)-\(image.name)-\(version)-\(image.build ?? 0)"
        path = home.data.appending("executions").appending(name)
    }

    var log: FilePath { path.appending("log") }
    var documents: FilePath { path.appending("documents") }

    func create() throws(HostFailure) { try Folders.create(path, permissions: 0o700) }

    /// Makes a folder for documents anew: the settings of this process's folder hold for them too, by a link, since what they name
    /// lies beside them.
    static func beginDocuments(in folder: FilePath, settings: FilePath = "kiln.yaml") throws {
        try Folders.remove(folder)
        try Folders.create(folder, permissions: 0o700)
        guard Folders.exists(settings) else { return }
        let files = FileManager.default
        try files.createSymbolicLink(
            atPath: folder.appending("kiln.yaml").string,
            withDestinationPath: FilePath(files.currentDirectoryPath).pushing(settings).string)
    }
}
