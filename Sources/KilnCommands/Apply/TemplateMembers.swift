import Documents
import Foundation

/// The properties of a template's resource as the API's members: `ParentImage: x` is `"parentImage": "x"`.
enum TemplateMembers {
    /// - Parameter node: values alone, no functions any more.
    static func object(_ node: DocumentNode) -> [String: Any] {
        value(node, key: "", isFree: false) as? [String: Any] ?? [:]
    }

    /// CloudFormation's name of a member in the API's spelling.
    static func spelled(_ key: String) -> String {
        renamed[key] ?? key.prefix(1).lowercased() + key.dropFirst()
    }

    /// - Parameter isFree: the keys are somebody's own words.
    private static func value(_ node: DocumentNode, key: String, isFree: Bool) -> Any {
        switch node.value {
        case .mapping(let entries):
            var members: [String: Any] = [:]
            for entry in entries {
                let name = isFree ? entry.key : spelled(entry.key)
                members[name] = value(entry.value, key: name, isFree: !isFree && freeKeys.contains(name))
            }
            return members
        case .sequence(let elements): return elements.map { value($0, key: "", isFree: isFree) }
        case .null, .unresolved: return NSNull()
        case .bool(let flag) where flags.contains(key): return flag
        case .int(let number) where numbers.contains(key): return number
        default:
            // A template may have any of them in quotes, and a text without.
            let text = node.text ?? ""
            if !isFree, flags.contains(key), let flag = Bool(text.lowercased()) { return flag }
            if !isFree, numbers.contains(key), let number = Int(text) { return number }
            return text
        }
    }

    private static let renamed = [
        "Version": "semanticVersion",
        "LaunchPermissionConfiguration": "launchPermission",
    ]

    private static let freeKeys: Set = ["tags", "amiTags", "resourceTags", "imageTags", "tagMap"]

    /// Members that are true or false, by the service's model.
    private static let flags: Set = [
        "amis", "containers", "deleteOnTermination", "enabled", "encrypted", "enhancedImageMetadataEnabled",
        "fixAvailable", "imageScanningEnabled", "imageTestsEnabled", "isPublic", "setDefaultVersion", "snapshots",
        "terminateInstanceOnCompletion", "terminateInstanceOnFailure", "uninstallAfterBuild",
    ]

    /// Members that are whole numbers. A `value` is one alone; in a list of values it is a text.
    private static let numbers: Set = [
        "capacityWaitTimeoutSeconds", "failureCount", "httpPutResponseHopLimit", "iops", "maxParallelLaunches",
        "retainAtLeast", "targetResourceCount", "throughput", "timeoutMinutes", "value", "volumeSize",
    ]
}
