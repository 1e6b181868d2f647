import AWSClient
import Documents
import Failures
import Foundation

/// Brings an AMI that is there into the state that the plan has: each step looks first and does only what is missing.
struct RegionFinish: Sendable {
    let plan: RegionPlan
    let digest: String
    let aws: AWSSession
    let account: String
    let polling: Polling
    let diary: RegionDiary

    func run(_ image: EC2Image) async throws(AWSFailure) {
        let ec2 = try aws.ec2(region: plan.region)
        try await tag(image, diary.result.snapshots, ec2)
        try await mark(image, ec2)
        try await share(image.id, with: plan.permissions, ec2)
        var images = [account: image.id]
        for target in plan.targetAccounts where target != account {
            images[target] = try await copy(image, to: target, ec2)
        }
        for template in plan.launchTemplates {
            let owner = template.accountID ?? account
            guard let id = images[owner] else { throw Self.noImage(in: owner) }
            try await update(template, image: id, try session(owner).ec2(region: plan.region))
        }
        for parameter in plan.parameters {
            let owner = parameter.amiAccountID ?? account
            guard let id = images[owner] else { throw Self.noImage(in: owner) }
            let type = parameter.dataType ?? .image
            try await set(parameter.name, to: id, type.rawValue, try session(owner).ssm(region: plan.region))
        }
        try await deprecate(image, ec2)
    }

    private static func noImage(in account: String) -> AWSFailure {
        AWSFailure(.badConfiguration, "the account \(account) gets no AMI", hint: "add it to TargetAccountIds")
    }

    /// The rights to act in an account: the key's own, or those of the role that Image Builder wants there, too.
    func session(_ owner: String) throws(AWSFailure) -> AWSSession {
        owner == account ? aws : try aws.acting(in: owner, region: plan.region)
    }

    func tag(_ image: EC2Image, _ snapshots: [String], _ ec2: EC2Client) async throws(AWSFailure) {
        var untagged = lacks(image.tags) ? [image.id] : []
        if !snapshots.isEmpty {
            untagged += try await ec2.describeSnapshots(ids: snapshots).filter { lacks($0.tags) }.map(\.id)
        }
        guard !untagged.isEmpty else { return }
        try await ec2.createTags(plan.tags, on: untagged)
        diary.did("tagged \(untagged.joined(separator: ", "))")
    }

    /// A copy has those of what it is a copy of, unless it was made before they were there.
    private func mark(_ image: EC2Image, _ ec2: EC2Client) async throws(AWSFailure) {
        for name in plan.watermarks where !image.watermarks.contains("\(account):\(name)") {
            try await ec2.attachWatermark(name, to: image.id)
            diary.did("marked \(image.id) with \(name)")
        }
    }

    private func lacks(_ tags: [String: String]) -> Bool { plan.tags.contains { tags[$0.key] != $0.value } }

    private func share(_ image: String, with permissions: [LaunchPermission], _ ec2: EC2Client)
        async throws(AWSFailure)
    {
        guard !permissions.isEmpty else { return }
        let present = try await ec2.launchPermissions(of: image)
        let missing = permissions.filter { !present.contains($0) && $0 != .account(account) }
        guard !missing.isEmpty else { return }
        try await ec2.modifyLaunchPermissions(of: image, add: missing)
        diary.did("let \(missing.map(\.label).joined(separator: ", ")) launch \(image)")
    }

    private func update(_ template: TemplateUpdate, image: String, _ ec2: EC2Client) async throws(AWSFailure) {
        guard let id = template.id else { return }
        let reference = LaunchTemplateReference.id(id)
        let versions = try await ec2.launchTemplateVersions(of: reference)
        let present = versions.last { $0.imageID == image }
        let version: Int
        if let present {
            version = present.number
        } else {
            version = try await ec2.createLaunchTemplateVersion(
                of: reference, image: image, description: plan.name,
                token: AMIMaker.token(["template", id, image, "\(versions.last?.number ?? 0)"]))
            diary.did("made version \(version) of the launch template \(id)")
        }
        guard template.setsDefaultVersion, present?.isDefault != true else { return }
        try await ec2.setDefaultVersion(version, of: reference, token: AMIMaker.token(["default", id, "\(version)"]))
        diary.did("made version \(version) the default of \(id)")
    }

    private func set(_ name: String, to image: String, _ dataType: String, _ ssm: SSMClient)
        async throws(AWSFailure)
    {
        do throws(AWSFailure) {
            if try await ssm.getParameter(name).value == image { return }
        } catch  where error.code == .notFound {
        }
        try await ssm.putParameter(name, value: image, dataType: dataType)
        diary.did("set the parameter \(name) to \(image)")
    }

    private func deprecate(_ image: EC2Image, _ ec2: EC2Client) async throws(AWSFailure) {
        guard let date = plan.deprecation else { return }
        // EC2 keeps minutes.
        let minute = UTC.extended(date).prefix(16)
        guard image.deprecationTime?.prefix(16) != minute else { return }
        try await ec2.enableImageDeprecation(image.id, at: date)
        diary.did("\(image.id) is deprecated from \(UTC.extended(date)) on")
    }
}
