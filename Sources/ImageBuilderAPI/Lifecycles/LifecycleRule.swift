import Store

/// One of a policy's `policyDetails`.
struct LifecycleRule: Sendable, Hashable {
    enum Filter: Sendable, Hashable {
        /// - Parameter retaining: so many of the newest stay, however old they are.
        case age(TimeSpan, retaining: Int)
        /// So many of the newest stay.
        case count(Int)
    }

    let action: LifecycleAction
    let filter: Filter
    /// Images with one of these tags are left alone.
    let excludedTags: [String: String]
    let scope: LifecycleScope

    /// Nil for one that is not as the service has them, which finds nothing then.
    init?(_ detail: JSONValue) {
        guard let action = detail["action"]?["type"]?.text.flatMap(LifecycleAction.init(rawValue:)),
            action != .available, let filter = detail["filter"], let value = filter["value"]?.integer, value > 0
        else { return nil }
        self.action = action
        switch filter["type"]?.text {
        case "AGE":
            guard let span = TimeSpan(filter) else { return nil }
            // Only what is deleted is missed.
            self.filter = .age(span, retaining: action == .delete ? filter["retainAtLeast"]?.integer ?? 0 : 0)
        case "COUNT" where action == .delete: self.filter = .count(value)
        default: return nil
        }
        excludedTags = detail["exclusionRules"]?["tagMap"]?.texts ?? [:]
        scope = LifecycleScope(
            include: detail["action"]?["includeResources"], exclusions: detail["exclusionRules"]?["amis"])
    }
}

/// What of an image's output an action goes for.
struct LifecycleScope: Sendable, Hashable {
    var includesAMIs: Bool
    var includesSnapshots: Bool
    var exclusions: AMIExclusions
    /// As they were given.
    private let include: JSONValue
    private let given: JSONValue

    init(include: JSONValue?, exclusions: JSONValue?) {
        includesAMIs = include?["amis"]?.flag ?? false
        includesSnapshots = includesAMIs && include?["snapshots"]?.flag ?? false
        self.exclusions = AMIExclusions(exclusions)
        self.include = include ?? [:]
        given = exclusions ?? [:]
    }

    /// As an execution's entries keep it.
    var document: JSONValue { ["include": include, "exclusions": given] }

    init(document: JSONValue?) { self.init(include: document?["include"], exclusions: document?["exclusions"]) }
}
