import Failures
import HostSystem
import SystemPackage

/// The two files that the AWS tools keep: those that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name, or those below
/// `~/.aws`.
struct ProfileFiles: Sendable {
    let home: FilePath
    private let config: ProfileFile
    private let credentials: ProfileFile
    private let paths: (config: FilePath, credentials: FilePath)

    /// - Throws: `badCredentials` where a file cannot be read; one that is not there is as an empty one.
    init(_ environment: [String: String]) throws(AWSFailure) {
        home = FilePath(environment.nonEmpty("HOME") ?? "/root")
        paths = (
            Self.path("AWS_CONFIG_FILE", "config", environment, home),
            Self.path("AWS_SHARED_CREDENTIALS_FILE", "credentials", environment, home)
        )
        config = try Self.read(paths.config)
        credentials = try Self.read(paths.credentials)
    }

    /// - Throws: `badCredentials` where it is in neither file and `isAsked`.
    func profile(_ name: String, isAsked: Bool = true) throws(AWSFailure) -> Profile {
        let profile = Profile(name: name, config: config, credentials: credentials)
        if isAsked, !profile.exists {
            throw AWSFailure(
                .badCredentials, "there is no AWS profile \"\(name)\" in \(paths.config) or \(paths.credentials)",
                hint: "`aws configure list-profiles` shows those there are")
        }
        return profile
    }

    private static func path(_ variable: String, _ file: String, _ environment: [String: String], _ home: FilePath)
        -> FilePath
    {
        guard let named = environment.nonEmpty(variable) else { return home.appending(".aws").appending(file) }
        return FilePath(named.hasPrefix("~/") ? home.string + named.dropFirst() : named)
    }

    private static func read(_ path: FilePath) throws(AWSFailure) -> ProfileFile {
        do {
            return ProfileFile(parsing: String(decoding: try Folders.read(path), as: UTF8.self))
        } catch  where error.code == .notFound {
            return ProfileFile()
        } catch {
            throw AWSFailure(.badCredentials, error.message, hint: error.hint, cause: error)
        }
    }
}
