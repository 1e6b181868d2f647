public import Foundation

/// What a lifecycle needs to know of an AMI.
public struct AMIFacts: Sendable, Hashable {
    /// EC2's word: "available", "disabled".
    public var state: String
    public var isPublic: Bool
    public var isDeprecated: Bool
    public var tags: [String: String]
    public var snapshots: [String]
    /// Accounts that it is shared with.
    public var sharedWith: Set<String>
    /// Nil where EC2 knows of no launch.
    public var lastLaunched: Date?

    public init(
        state: String = "available", isPublic: Bool = false, isDeprecated: Bool = false, tags: [String: String] = [:],
        snapshots: [String] = [], sharedWith: Set<String> = [], lastLaunched: Date? = nil
    ) {
        self.state = state
        self.isPublic = isPublic
        self.isDeprecated = isDeprecated
        self.tags = tags
        self.snapshots = snapshots
        self.sharedWith = sharedWith
        self.lastLaunched = lastLaunched
    }
}

/// Which AMIs an action leaves alone: those that one of the rules names.
struct AMIExclusions: Sendable, Hashable {
    let excludesPublic: Bool
    let regions: Set<String>
    let sharedAccounts: Set<String>
    let lastLaunched: TimeSpan?
    let tags: [String: String]

    init(_ rules: JSONValue?) {
        excludesPublic = rules?["isPublic"]?.flag ?? false
        regions = Set((rules?["regions"]?.elements ?? []).compactMap(\.text))
        sharedAccounts = Set((rules?["sharedAccounts"]?.elements ?? []).compactMap(\.text))
        lastLaunched = TimeSpan(rules?["lastLaunched"])
        tags = rules?["tagMap"]?.texts ?? [:]
    }

    /// Whether launches or permissions have to be known.
    var asksForMore: Bool { lastLaunched != nil || !sharedAccounts.isEmpty }

    /// Why an AMI is left alone; nil: it is not.
    func reason(in region: String, _ facts: AMIFacts, at now: Date) -> String? {
        if regions.contains(region) { return "The region \(region) is excluded." }
        if excludesPublic, facts.isPublic { return "The AMI is public, which is excluded." }
        if let account = sharedAccounts.intersection(facts.sharedWith).min() {
            return "The AMI is shared with the account \(account), which is excluded."
        }
        if let tag = tags.filter({ facts.tags[$0.key] == $0.value }).keys.min() {
            return "The AMI has the tag \(tag), which is excluded."
        }
        // An AMI that was never launched is not excluded.
        if let lastLaunched, let date = facts.lastLaunched, !lastLaunched.hasPassed(since: date, at: now) {
            return "The AMI was launched within the last \(lastLaunched.description)."
        }
        return nil
    }
}
