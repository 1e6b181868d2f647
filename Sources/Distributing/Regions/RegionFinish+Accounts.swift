import AWSClient
import Documents
import Failures

typealias TemplateUpdate = DistributionConfiguration.LaunchTemplate

extension RegionFinish {
    /// An AMI of its own for another account, as Image Builder makes it: shared with the account, and copied there by a
    /// role of the account.
    ///
    /// - Returns: the copy's id.
    func copy(_ image: EC2Image, to target: String, _ ec2: EC2Client) async throws(AWSFailure) -> String {
        let there = try session(target).ec2(region: plan.region)
        let search = AMISearch(name: plan.name, digest: digest, ec2: there, polling: polling)
        let removed: String?
        switch try await search.run() {
        case .available(let copy):
            diary.copied(to: target, copy.id)
            return copy.id
        case .none(let last): removed = last
        }
        if !(try await ec2.launchPermissions(of: image.id)).contains(.account(target)) {
            try await ec2.modifyLaunchPermissions(of: image.id, add: [.account(target)])
        }
        for snapshot in image.devices.compactMap(\.snapshotID) {
            try await ec2.modifySnapshotPermissions(of: snapshot, add: [target])
        }
        var wish = ImageCopy(
            sourceImageID: image.id, sourceRegion: plan.region, name: plan.name,
            token: AMIMaker.token(["copy", image.id, plan.region, target, plan.name, removed ?? "-"]))
        wish.description = plan.description
        wish.kmsKeyID = plan.kmsKeyID
        wish.tags = plan.tags
        let id = try await there.copyImage(wish)
        try await there.createTags(plan.tags, on: [id])
        _ = try await there.waitUntilAvailable(image: id, polling)
        diary.copied(to: target, id)
        diary.did("copied \(image.id) to the account \(target) as \(id)")
        return id
    }
}

extension LaunchPermission {
    /// For messages.
    var label: String {
        switch self {
        case .account(let id): "the account \(id)"
        case .everyone: "everyone"
        case .organization(let arn), .organizationalUnit(let arn): arn
        }
    }
}
