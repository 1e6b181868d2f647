public import AWSClient
import Documents
import Failures

/// Carries a plan out: one AMI is made, the other regions copy it, all at once, and each gets what it should have. A region
/// that fails keeps none of the others from it, and a second run does what is missing.
public struct Distributor: Sendable {
    public let plan: DistributionPlan
    public let source: DistributionSource
    public let options: DistributionOptions
    let aws: AWSSession
    let observe: @Sendable (DistributionEvent) -> Void

    public init(
        _ plan: DistributionPlan, source: DistributionSource, options: DistributionOptions, aws: AWSSession,
        observe: @escaping @Sendable (DistributionEvent) -> Void = { _ in }
    ) {
        self.plan = plan
        self.source = source
        self.options = options
        self.aws = aws
        self.observe = observe
    }

    /// Where the run is cancelled, the regions that were not done say so.
    ///
    /// - Throws: `DocumentFailure` for what must not be begun with this key, `AWSFailure` where it is not known whose it is.
    public func run() async throws -> DistributionReport {
        let account = try await aws.sts(region: plan.regions.first?.region).callerIdentity().account
        try plan.check(account: account)
        let all = plan.regions.map { Region(plan: $0, diary: RegionDiary($0, observe: observe)) }
        async let exports: Void = exportFiles(all.filter { $0.plan.export != nil }, account)
        await makeImages(all.filter(\.plan.makesImage), account)
        await exports
        return DistributionReport(
            image: plan.image.name, version: plan.image.version, digest: plan.image.digest, account: account,
            regions: all.map(\.diary.result))
    }

    private func makeImages(_ work: [Region], _ account: String) async {
        guard !work.isEmpty else { return }
        var images = await find(work)
        if images.isEmpty { images = await make(work, account) }
        // The first that is there; making and copying take hours, the regions' order only says which is likely to be nearer.
        let origin = work.first { images[$0.plan.region] != nil }
        let source = origin.flatMap { region in images[region.plan.region].map { (region.plan.region, $0) } }
        let found = images
        await withTaskGroup { group in
            for region in work where !region.diary.imageHasFailed {
                group.addTask { await complete(region, found[region.plan.region], from: source, account) }
            }
        }
    }

    struct Region: Sendable {
        let plan: RegionPlan
        let diary: RegionDiary

        func attempt<Value: Sendable>(_ body: () async throws(AWSFailure) -> Value?) async -> Value? {
            do throws(AWSFailure) {
                return try await body()
            } catch {
                diary.imageFailed(error)
                return nil
            }
        }
    }

    /// The AMIs that are there, by region.
    private func find(_ work: [Region]) async -> [String: EC2Image] {
        await withTaskGroup(of: (String, EC2Image?).self) { group in
            for region in work {
                group.addTask {
                    let image = await region.attempt { () async throws(AWSFailure) -> EC2Image? in
                        guard case .available(let image) = try await search(region.plan).run() else { return nil }
                        region.diary.found(image)
                        return image
                    }
                    return (region.plan.region, image)
                }
            }
            return await group.reduce(into: [:]) { images, found in images[found.0] = found.1 }
        }
    }

    func search(_ region: RegionPlan) throws(AWSFailure) -> AMISearch {
        AMISearch(
            name: region.name, digest: plan.image.digest, ec2: try aws.ec2(region: region.region),
            polling: options.polling)
    }

    /// In the first region that lets one.
    private func make(_ work: [Region], _ account: String) async -> [String: EC2Image] {
        let skips = await maySkipUnwritten()
        for region in work where !region.diary.imageHasFailed {
            guard !Task.isCancelled else { break }
            let maker = AMIMaker(
                plan: plan, region: region.plan, source: source, aws: aws, options: options, account: account,
                skipsUnwritten: skips, observe: observe)
            let image = await region.attempt { () async throws(AWSFailure) -> EC2Image? in
                let made = try await maker.make()
                let ec2 = try aws.ec2(region: region.plan.region)
                // At once: without the tag the next run would take it for somebody else's. EC2 has it from the registration.
                try await ec2.createTags(region.plan.tags, on: [made.id])
                let image = try await ec2.waitUntilAvailable(image: made.id, options.polling)
                region.diary.found(image, snapshots: made.snapshots)
                region.diary.did("made \(image.id)")
                return image
            }
            if let image { return [region.plan.region: image] }
        }
        return [:]
    }

    /// A block that is absent from an encrypted snapshot reads as noise; where it is not known what an account does, all are sent.
    private func maySkipUnwritten() async -> Bool {
        guard !plan.encrypts, plan.regions.allSatisfy(\.targetAccounts.isEmpty) else { return false }
        for region in plan.imageRegions {
            guard let encrypts = try? await aws.ec2(region: region.region).encryptsByDefault(), !encrypts else {
                return false
            }
        }
        return true
    }
}
