import AWSClient
import Documents
import HostSystem
import Origins
import SystemPackage

extension HostOrigins {
    /// The origins as `origins` and `offline` of the settings have them.
    ///
    /// - Parameter aws: asked only where S3 itself may be.
    /// - Throws: `DocumentFailure` for a folder that is not there, with the place that names it.
    init(_ settings: KilnSettings, aws: @autoclosure () throws -> AWSSettings) throws {
        var folders: [String: FilePath] = [:]
        for entry in settings.originFolders {
            let named = entry.folder
            let folder = FilePath(named.position.file).removingLastComponent().pushing(FilePath(named.value))
            guard Folders.isFolder(folder) else {
                throw DocumentFailure([
                    Diagnostic(
                        .error, at: named.position,
                        "there is no folder '\(folder)', which stands for \(entry.origin)",
                        hint: "it is relative to the file that names it")
                ])
            }
            folders[entry.origin] = folder
        }
        try self.init(
            settings: settings.isOffline ? nil : try aws(), folders: folders, isOffline: settings.isOffline)
    }
}
