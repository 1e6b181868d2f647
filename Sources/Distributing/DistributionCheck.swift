public import AWSClient
import Documents
public import Failures

/// Finds before the work begins what would end a distribution an hour later. Nothing is changed by it, and the image's disk
/// need not be there yet.
public struct DistributionCheck: Sendable {
    let plan: DistributionPlan
    let bucket: S3Location?
    let aws: AWSSession

    /// - Parameter bucket: where the imports are to find the image.
    public init(_ plan: DistributionPlan, bucket: S3Location?, aws: AWSSession) {
        self.plan = plan
        self.bucket = bucket
        self.aws = aws
    }

    /// What will fail in a region as things are now.
    public struct Obstacle: Sendable {
        public let region: String
        public let failure: AWSFailure
    }

    /// - Returns: what keeps some of the regions from being done; the others are worth the work.
    /// - Throws: `DocumentFailure` for what must not be begun with this key; `AWSFailure` where there is no key or no way to
    ///   AWS, no bucket for the only way, or something in the way of every region.
    public func run() async throws -> [Obstacle] {
        let account = try await aws.sts(region: plan.regions.first?.region).callerIdentity().account
        try plan.check(account: account)
        try await checkBucket()
        let enabled = await enabledRegions()
        let obstacles = await withTaskGroup(of: Obstacle?.self) { group in
            for region in plan.regions {
                group.addTask {
                    do throws(AWSFailure) {
                        if let enabled, !enabled.contains(region.region) { throw Self.notEnabled(region.region) }
                        try await check(region, account)
                        return nil
                    } catch {
                        return Obstacle(region: region.region, failure: error)
                    }
                }
            }
            return await group.reduce(into: [Obstacle]()) { all, found in if let found { all.append(found) } }
        }
        if let first = obstacles.first, obstacles.count == plan.regions.count { throw first.failure }
        return plan.regions.compactMap { region in obstacles.first { $0.region == region.region } }
    }

    /// One that another way may do without is only looked for when it comes to that.
    private func checkBucket() async throws(AWSFailure) {
        guard let region = plan.imageRegions.first, !plan.ways.contains(.ebs) else { return }
        guard let bucket else { throw AMIMaker.noBucket }
        try await aws.s3(region: region.region).checkBucket(bucket.bucket)
    }

    /// nil where that may not be asked, or nobody answers: then the regions themselves will tell.
    private func enabledRegions() async -> Set<String>? {
        guard let region = aws.region ?? plan.regions.first?.region,
            let regions = try? await aws.ec2(region: region).describeRegions()
        else { return nil }
        return Set(regions)
    }

    private static func notEnabled(_ region: String) -> AWSFailure {
        AWSFailure(
            .badConfiguration, "there is no region \(region), or the account has not enabled it",
            hint: "aws ec2 describe-regions --all-regions")
    }

    private func check(_ region: RegionPlan, _ account: String) async throws(AWSFailure) {
        if region.makesImage, !plan.image.digest.isEmpty {
            let search = AMISearch(
                name: region.name, digest: plan.image.digest, ec2: try aws.ec2(region: region.region),
                polling: Polling())
            try await search.checkName()
        }
        for other in region.accounts where other != account {
            _ = try await aws.acting(in: other, region: region.region).sts(region: region.region).callerIdentity()
        }
        for template in region.launchTemplates {
            try await check(template, in: region, account)
        }
        if let export = region.export {
            let role = AssumedRole(export.role(in: account, region: region.region), sessionName: "kiln-export")
            let session = try aws.assuming(role, region: region.region)
            // By itself: a bucket that may only not be asked for passes, and a role that nobody may assume must not.
            _ = try await session.sts(region: region.region).callerIdentity()
            try await session.s3(region: region.region).checkBucket(export.bucket)
        }
    }

    private func check(_ template: TemplateUpdate, in region: RegionPlan, _ account: String) async throws(AWSFailure) {
        guard let id = template.id else { return }
        let owner = template.accountID ?? account
        let session = owner == account ? aws : try aws.acting(in: owner, region: region.region)
        do throws(AWSFailure) {
            let found = try await session.ec2(region: region.region).describeLaunchTemplates([.id(id)])
            guard !found.contains(where: { $0.id == id }) else { return }
        } catch  where error.code == .accessDenied {
            // The update itself asks for less.
            return
        }
        throw AWSFailure(
            .notFound, "there is no launch template \(id) in \(region.region)",
            hint: "aws ec2 describe-launch-templates")
    }
}

extension AWSSession {
    /// The rights in another account, of the role that Image Builder wants there, too.
    func acting(in account: String, region: String) throws(AWSFailure) -> AWSSession {
        try assuming(
            AssumedRole(
                "arn:\(AWSPartition(region: region).name):iam::\(account):role/EC2ImageBuilderDistributionCrossAccountRole",
                sessionName: "kiln-distribution"), region: region)
    }
}
