/// The settings of one named profile, merged from the two files the AWS tools keep: what the credentials file says wins.
public struct Profile: Sendable, Equatable {
    public let name: String
    /// Whether either file has a section of this name.
    public let exists: Bool
    let settings: [String: String]
    /// Of the `[services NAME]` section that the profile points to.
    let services: [String: String]
    /// Of the `[sso-session NAME]` section that the profile points to.
    let sso: [String: String]

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
        sso = merged["sso_session"].flatMap { config.sections["sso-session \($0)"] } ?? [:]
    }

    subscript(key: String) -> String? { settings.nonEmpty(key) }

    /// `endpoint_url` for one service: from the services section, or from nested settings.
    func nestedEndpoint(of service: String) -> String? {
        services.nonEmpty("\(service).endpoint_url") ?? self["\(service).endpoint_url"]
    }
}
