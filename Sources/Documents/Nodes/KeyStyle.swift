/// How one schema spells its keys: Pascal case in CloudFormation, camel case in the API.
enum KeyStyle: Sendable, Hashable {
    /// As the schema names them.
    case asNamed
    /// As the AWS API and `--cli-input-json` spell CloudFormation's names.
    case api

    /// The few that differ in more than their first letter.
    private static let renamed = [
        "Version": "semanticVersion",
        "LaunchPermissionConfiguration": "launchPermission",
    ]

    func spelled(_ key: String) -> String {
        switch self {
        case .asNamed: key
        case .api: Self.renamed[key] ?? key.prefix(1).lowercased() + key.dropFirst()
        }
    }
}
