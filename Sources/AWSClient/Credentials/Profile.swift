public import Failures
import Glibc
import HostSystem
import SystemPackage

/// The settings of one named profile, merged from the two files the AWS tools keep: what the credentials file says wins.
public struct Profile: Sendable, Equatable {
    public let name: String
    /// Whether either file has a section of this name.
    public let exists: Bool
    let settings: [String: String]
    /// Of the `[services NAME]` section that the profile points to.
    let services: [String: String]

    init(name: String, config: ProfileFile, credentials: ProfileFile) {
        self.name = name
        let inConfig =
            config.sections[name == "default" ? "default" : "profile \(name)"]
            // The tools also read `[profile default]`.
            ?? (name == "default" ? config.sections["profile default"] : nil)
        let inCredentials = credentials.sections[name]
        exists = inConfig != nil || inCredentials != nil
        let merged = (inConfig ?? [:]).merging(inCredentials ?? [:]) { _, credential in credential }
        settings = merged
        services = merged["services"].flatMap { config.sections["services \($0)"] } ?? [:]
    }

    /// Reads the files that AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE name, or those below `~/.aws`; AWS_PROFILE
    /// chooses the profile where `name` does not.
    ///
    /// - Throws: `badCredentials` where a file cannot be read, or the profile was asked for by name and is in neither.
    public static func load(name: String?, environment: [String: String]) throws(AWSFailure) -> Profile {
        let asked = name ?? environment.nonEmpty("AWS_PROFILE") ?? environment.nonEmpty("AWS_DEFAULT_PROFILE")
        let config = path("AWS_CONFIG_FILE", "config", environment)
        let credentials = path("AWS_SHARED_CREDENTIALS_FILE", "credentials", environment)
        let profile = Profile(
            name: asked ?? "default", config: try read(config), credentials: try read(credentials))
        if let asked, !profile.exists {
            throw AWSFailure(
                .badCredentials, "there is no AWS profile \"\(asked)\" in \(config) or \(credentials)",
                hint: "`aws configure list-profiles` shows those there are")
        }
        return profile
    }

    subscript(key: String) -> String? { settings.nonEmpty(key) }

    /// `endpoint_url` for one service: from the services section, or from nested settings.
    func nestedEndpoint(of service: String) -> String? {
        services.nonEmpty("\(service).endpoint_url") ?? self["\(service).endpoint_url"]
    }

    private static func path(_ variable: String, _ file: String, _ environment: [String: String]) -> FilePath {
        let home = environment.nonEmpty("HOME") ?? "/root"
        guard let named = environment.nonEmpty(variable) else { return FilePath("\(home)/.aws/\(file)") }
        return FilePath(named.hasPrefix("~/") ? home + named.dropFirst() : named)
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
