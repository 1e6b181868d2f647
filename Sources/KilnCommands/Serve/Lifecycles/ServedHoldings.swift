import AWSClient
import Builds
import Failures
import Foundation
import HostSystem
import ImageBuilderAPI

/// The images of this home, and AMIs in AWS with the settings of this machine.
struct ServedHoldings: ImageHoldings {
    let home: KilnHome
    let touchesAWS: Bool
    let settings: @Sendable () throws -> AWSSettings

    /// Image Builder's own name for the role of other accounts, to which AMIs were copied.
    private static let role = "Ec2ImageBuilderCrossAccountLifecycleAccess"
    /// EC2 takes no moment that has passed, and rounds to minutes.
    private static let deprecationDelay: TimeInterval = 120

    func obstacle(toRemoving digest: String) async throws -> String? {
        let library = ImageLibrary(home: home)
        return try await offPool { try library.obstacle(toRemovingBuilt: digest)?.description }
    }

    func remove(_ digest: String) async throws { try await ImageLibrary(home: home).removeBuilt(digest) }

    func setUsable(_ isUsable: Bool, _ digest: String) async throws {
        try await ImageLibrary(home: home).setUsable(isUsable, built: digest)
    }

    func facts(of ami: OutputAMI, forExclusions: Bool) async throws -> AMIFacts? {
        try await inRegion(of: ami) { ec2 in
            guard let image = try await ec2.existingImage(ami.id) else { return nil }
            var facts = AMIFacts(
                state: image.state, isPublic: image.isPublic, isDeprecated: image.deprecationTime != nil,
                tags: image.tags, snapshots: image.devices.compactMap(\.snapshotID))
            guard forExclusions else { return facts }
            let accounts = try await ec2.launchPermissions(of: ami.id).compactMap { permission -> String? in
                if case .account(let id) = permission { id } else { nil }
            }
            facts.sharedWith = Set(accounts)
            facts.lastLaunched = try await ec2.lastLaunched(image: ami.id)
            return facts
        }
    }

    func carryOut(_ action: LifecycleAction, on ami: OutputAMI, _ facts: AMIFacts) async throws {
        try await inRegion(of: ami) { ec2 in
            switch action {
            case .available:
                if facts.state == "disabled" { try await ec2.enableImage(ami.id) }
                if facts.isDeprecated { try await ec2.disableImageDeprecation(ami.id) }
            case .deprecate:
                try await ec2.enableImageDeprecation(ami.id, at: Date(timeIntervalSinceNow: Self.deprecationDelay))
            case .disable:
                if facts.state != "disabled" { try await ec2.disableImage(ami.id) }
            case .delete: try await ec2.deregisterExistingImage(ami.id)
            }
        }
    }

    func delete(snapshot: String, of ami: OutputAMI) async throws {
        try await inRegion(of: ami) { ec2 in try await ec2.deleteSnapshot(snapshot) }
    }

    private func inRegion<Value: Sendable>(
        of ami: OutputAMI, _ body: @escaping @Sendable (EC2Client) async throws -> Value
    ) async throws -> Value {
        try await AWSSession.with(try settings()) { aws in
            guard let account = ami.account else { return try await body(try aws.ec2(region: ami.region)) }
            let identity = try await aws.sts(region: ami.region).callerIdentity()
            guard account != identity.account else { return try await body(try aws.ec2(region: ami.region)) }
            // "arn:PARTITION:…"
            let partition = identity.arn.split(separator: ":").dropFirst().first ?? "aws"
            let role = AssumedRole("arn:\(partition):iam::\(account):role/\(Self.role)", sessionName: "kiln-lifecycle")
            let other = try aws.assuming(role, region: ami.region)
            return try await body(try other.ec2(region: ami.region))
        }
    }
}
