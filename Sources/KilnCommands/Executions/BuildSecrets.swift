import Foundation
import HostSystem
import SystemPackage

/// Secrets of a build that its documents do not tell as such: the worker of `kiln serve` writes those that were sealed in the
/// store beside them, and `kiln build` hides them from its output and its logs.
enum BuildSecrets {
    static let variable = "KILN_BUILD_SECRETS"

    static func file(in folder: FilePath) -> FilePath { folder.appending("secrets") }

    static func write(_ secrets: Set<String>, to folder: FilePath) throws {
        guard !secrets.isEmpty else { return }
        let text = try JSONEncoder().encode(secrets.sorted())
        try DurableFile.write(Array(text), to: file(in: folder), permissions: 0o600)
    }

    /// - Throws: where there is such a file that cannot be read: they would be shown.
    static func given(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws -> Set<String> {
        guard let path = environment[variable], Folders.exists(FilePath(path)) else { return [] }
        return Set(try JSONDecoder().decode([String].self, from: Data(try Folders.read(FilePath(path)))))
    }
}
