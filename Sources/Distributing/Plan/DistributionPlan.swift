public import Documents
public import Foundation

/// What a distribution will do, checked as far as it can be before anything is sent. The same image, configuration and
/// choices give the same plan.
public struct DistributionPlan: Sendable, Equatable {
    public let image: DistributedImage
    /// The first that the account lets one go.
    public let ways: [DistributionWay]
    public let regions: [RegionPlan]
    /// The AMI is made in the first of these, and copied to the others.
    public var imageRegions: [RegionPlan] { regions.filter(\.makesImage) }
    public let requiresIMDSv2: Bool
    public let hasTPM: Bool
    /// What is worth a look and stops nothing.
    public let warnings: [Diagnostic]

    /// What no document says.
    public struct Choices: Sendable, Equatable {
        public var ways: [DistributionWay]
        /// Of the configuration's regions, or, where there is no configuration, the regions; empty for all of them.
        public var regions: [String] = []
        /// Instances answer metadata requests with a session token only.
        public var requiresIMDSv2 = true
        public var hasTPM = false
        /// When the AMIs are to be deprecated.
        public var deprecation: Date?
        /// Names of the marks that the recipe wants AMIs of it to have.
        public var watermarks: [String] = []

        public init(ways: [DistributionWay] = [.ebs]) { self.ways = ways }
    }

    /// - Parameter configuration: nil: an AMI with Image Builder's name in each of the chosen regions, and nothing else.
    /// - Throws: all that is wrong, with its place.
    public init(_ configuration: DistributionConfiguration?, image: DistributedImage, choices: Choices)
        throws(DocumentFailure)
    {
        var draft = PlanDraft(configuration, image, choices)
        draft.checkChoices()
        let regions = draft.regions()
        if regions.contains(where: \.makesImage) { draft.checkImage() }
        draft.checkEncryption(regions)
        try draft.check()
        self.image = image
        self.regions = regions
        ways = choices.ways
        requiresIMDSv2 = choices.requiresIMDSv2
        hasTPM = choices.hasTPM
        warnings = draft.problems
    }

    /// Whether any snapshot is to be encrypted with a key that the document names.
    var encrypts: Bool { regions.contains { $0.kmsKeyID != nil } }

    /// What is done in another account must be said of a target account, as Image Builder has it.
    ///
    /// - Parameter account: the key's own.
    public func check(account: String) throws(DocumentFailure) {
        var problems: [Diagnostic] = []
        for region in regions {
            for other in region.accounts where other != account && !region.targetAccounts.contains(other) {
                problems.append(
                    Diagnostic(
                        .error, at: region.position ?? .start(of: ""),
                        "in \(region.region) something is to be done in the account \(other), which gets no AMI",
                        hint: "add it to TargetAccountIds, or use the key of that account: this one's is \(account)"))
            }
        }
        if !problems.isEmpty { throw DocumentFailure(problems) }
    }
}
