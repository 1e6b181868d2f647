public import Failures

/// Who may launch an image, or use a snapshot.
public enum LaunchPermission: Sendable, Hashable {
    /// An account's id.
    case account(String)
    case everyone
    /// An ARN.
    case organization(String)
    /// An ARN.
    case organizationalUnit(String)
}

extension EC2Client {
    /// What is there already, or is not there, is no error.
    public func modifyLaunchPermissions(
        of image: String, add: [LaunchPermission] = [], remove: [LaunchPermission] = []
    ) async throws(AWSFailure) {
        guard !(add.isEmpty && remove.isEmpty) else { return }
        var form = QueryForm()
        form.set("ImageId", image)
        // Without the word, servers that are not AWS guess.
        form.set("Attribute", "launchPermission")
        form.set("LaunchPermission.Add", each: add, Self.write)
        form.set("LaunchPermission.Remove", each: remove, Self.write)
        let _: EC2Empty = try await call(
            "ModifyImageAttribute", "launch permissions of \(image)", form, patience: Self.settling)
    }

    public func launchPermissions(of image: String) async throws(AWSFailure) -> Set<LaunchPermission> {
        var form = QueryForm()
        form.set("ImageId", image)
        form.set("Attribute", "launchPermission")
        let answer: PermissionsAnswer = try await call("DescribeImageAttribute", image, form)
        return Set((answer.launchPermission?.elements ?? []).compactMap(\.permission))
    }

    /// Lets accounts make volumes of a snapshot; organisations cannot be given that.
    public func modifySnapshotPermissions(of snapshot: String, add: [String] = [], remove: [String] = [])
        async throws(AWSFailure)
    {
        guard !(add.isEmpty && remove.isEmpty) else { return }
        var form = QueryForm()
        form.set("SnapshotId", snapshot)
        form.set("Attribute", "createVolumePermission")
        form.set("CreateVolumePermission.Add", each: add) { $0.set("\($1).UserId", $2) }
        form.set("CreateVolumePermission.Remove", each: remove) { $0.set("\($1).UserId", $2) }
        let _: EC2Empty = try await call(
            "ModifySnapshotAttribute", "permissions of \(snapshot)", form, patience: Self.settling)
    }

    private static func write(_ form: inout QueryForm, _ under: String, _ permission: LaunchPermission) {
        switch permission {
        case .account(let id): form.set("\(under).UserId", id)
        case .everyone: form.set("\(under).Group", "all")
        case .organization(let arn): form.set("\(under).OrganizationArn", arn)
        case .organizationalUnit(let arn): form.set("\(under).OrganizationalUnitArn", arn)
        }
    }
}

private struct PermissionsAnswer: Decodable {
    var launchPermission: XMLItems<Element>?

    struct Element: Decodable, Sendable {
        var userId: String?
        var group: String?
        var organizationArn: String?
        var organizationalUnitArn: String?

        var permission: LaunchPermission? {
            if let userId { return .account(userId) }
            if group == "all" { return .everyone }
            if let organizationArn { return .organization(organizationArn) }
            return organizationalUnitArn.map { .organizationalUnit($0) }
        }
    }
}
