import Foundation
import Store

/// What decides whether a policy finds an image. Their documents are too large to have all of them at once.
struct LifecycleCandidate: Sendable, Hashable {
    let arn: String
    let name: String
    let version: ResourceVersion
    let build: Int
    let createdAt: Date
    let tags: [String: String]
    let state: ImageState

    /// Nil for what has come to no image, and what is gone.
    init?(_ image: StoredResource) {
        guard let version = image.version, let state = image.state.flatMap(ImageState.init),
            LifecycleAction.delete.affected.contains(state)
        else { return nil }
        self.init(
            arn: image.arn, name: image.name, version: version, build: image.build ?? 0, createdAt: image.createdAt,
            tags: image.tags, state: state)
    }

    init(
        arn: String, name: String, version: ResourceVersion, build: Int, createdAt: Date, tags: [String: String],
        state: ImageState
    ) {
        self.arn = arn
        self.name = ResourceARN.segment(of: name)
        self.version = version
        self.build = build
        self.createdAt = createdAt
        self.tags = tags
        self.state = state
    }

    func isNewer(than other: LifecycleCandidate) -> Bool {
        (createdAt, version, build) > (other.createdAt, other.version, other.build)
    }
}

/// Which images a policy finds, and what is to become of each: from values alone.
struct LifecycleSelection: Sendable {
    struct Choice: Sendable, Hashable {
        let image: LifecycleCandidate
        let rule: LifecycleRule
        let reason: String
    }

    private let recipes: [(name: String, version: ResourceVersionPattern)]?
    private let tags: [String: String]
    /// The strongest action first: an image that several rules find is done one thing to.
    private let rules: [LifecycleRule]
    private let isForContainers: Bool

    /// - Parameter policy: its document.
    init(_ policy: JSONValue) {
        let selection = policy["resourceSelection"]
        recipes = selection?["recipes"]?.elements?.compactMap { recipe in
            guard let name = recipe["name"]?.text,
                let version = recipe["semanticVersion"]?.text.flatMap(ResourceVersionPattern.init)
            else { return nil }
            return (ResourceARN.segment(of: name), version)
        }
        tags = selection?["tagMap"]?.texts ?? [:]
        let order: [LifecycleAction] = [.delete, .disable, .deprecate]
        let given = (policy["policyDetails"]?.elements ?? []).compactMap(LifecycleRule.init)
        rules = order.flatMap { action in given.filter { $0.action == action } }
        isForContainers = policy["resourceType"]?.text != "AMI_IMAGE"
    }

    /// - Parameter images: all that there are.
    /// - Returns: in the order of names, the newest of each first.
    func choices(of images: [LifecycleCandidate], at now: Date) -> [Choice] {
        // There are no container images here.
        guard !isForContainers else { return [] }
        let groups = Dictionary(grouping: images.filter(matches), by: \.name)
        return groups.sorted { $0.key < $1.key }.flatMap { _, images in choices(ofOneName: images, at: now) }
    }

    /// What stays is counted by recipe: one that is built seldom must not go because another is built often.
    private func choices(ofOneName images: [LifecycleCandidate], at now: Date) -> [Choice] {
        let images = images.sorted { $0.isNewer(than: $1) }
        var chosen: [String: Choice] = [:]
        for rule in rules {
            let pool = images.filter { image in !rule.excludedTags.contains { image.tags[$0.key] == $0.value } }
            for (index, image) in pool.enumerated() where chosen[image.arn] == nil {
                guard rule.action.affected.contains(image.state),
                    let reason = rule.reason(for: image, newer: index, at: now)
                else { continue }
                chosen[image.arn] = Choice(image: image, rule: rule, reason: reason)
            }
        }
        return images.compactMap { chosen[$0.arn] }
    }

    private func matches(_ image: LifecycleCandidate) -> Bool {
        guard let recipes else { return !tags.isEmpty && tags.allSatisfy { image.tags[$0.key] == $0.value } }
        return recipes.contains { $0.name == image.name && $0.version.matches(image.version) }
    }
}

extension LifecycleRule {
    /// Why the rule goes for an image; nil: it does not.
    ///
    /// - Parameter newer: how many newer ones there are.
    fileprivate func reason(for image: LifecycleCandidate, newer: Int, at now: Date) -> String? {
        switch filter {
        case .count(let kept):
            guard newer >= kept else { return nil }
            return "The newest \(kept) of its recipe are kept, and \(newer) are newer."
        case .age(let span, let retained):
            guard newer >= retained, span.hasPassed(since: image.createdAt, at: now) else { return nil }
            return "It is older than \(span.description)."
        }
    }
}
