import AWSClient
import Documents
import Failures

extension PlanDraft {
    mutating func checkName(_ ami: DistributionConfiguration.AMI?, at position: SourcePosition?) {
        let name = AMIName.make(ami, for: image)
        if let problem = AMIName.problem(of: name) {
            return error(at: position, problem, hint: "letters, digits, blanks and ( ) [ ] . / - ' @ _")
        }
        if let template = ami?.name, !AMIName.varies(template) {
            warn(
                at: position, "the next build would get the same name '\(name)', which is taken then",
                hint: "put {{ imagebuilder:buildDate }} in it")
        }
    }

    mutating func checkParameter(_ name: String, at position: SourcePosition?) {
        let isPlain = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_.-/".contains($0)) }
        let path = name.hasPrefix("/") ? name.dropFirst() : name[...]
        let isReserved = ["aws", "ssm"].contains { path.lowercased().hasPrefix($0) }
        guard !isPlain || isReserved || name.isEmpty || name.count > 1011 else { return }
        error(
            at: position, "'\(name)' cannot be the name of a parameter",
            hint: "letters, digits, _ . - and /, not beginning with aws or ssm")
    }

    /// The document's tags and those that tell where the image comes from.
    mutating func tags(_ wanted: [String: String], at position: SourcePosition?) -> [String: String] {
        var tags = [DistributedImage.tag: image.digest, "CreatedBy": "Kiln"]
        if let arn = image.arn { tags["Ec2ImageBuilderArn"] = arn.description }
        for (key, value) in wanted.sorted(by: { $0.key < $1.key }) {
            if [DistributedImage.tag, "CreatedBy", "Ec2ImageBuilderArn"].contains(key) {
                error(at: position, "the tag '\(key)' is kept for what made the image", hint: "choose another key")
            } else if key.lowercased().hasPrefix("aws:") {
                error(at: position, "the tag '\(key)' begins with aws:, which is kept for AWS")
            } else if !(1...128).contains(key.count) || value.count > 256 {
                error(
                    at: position, "the tag '\(key)' is too long", hint: "a key has 1 to 128 letters, a value up to 256")
            }
            tags[key] = value
        }
        if tags.count > 50 {
            error(at: position, "an AMI has at most 50 tags, with Kiln's own there are \(tags.count)")
        }
        return tags
    }

    mutating func permissions(_ wanted: DistributionConfiguration.LaunchPermission?, at position: SourcePosition?)
        -> [LaunchPermission]
    {
        guard let wanted else { return [] }
        var permissions: [LaunchPermission] = []
        for id in wanted.userIDs {
            if id.count != 12 || !id.allSatisfy({ $0.isASCII && $0.isNumber }) {
                error(at: position, "'\(id)' is not an account ID of 12 digits")
            }
            permissions.append(.account(id))
        }
        for group in wanted.userGroups {
            if group != "all" {
                error(at: position, "there is no user group '\(group)'", hint: "the only one is 'all'")
            }
            permissions.append(.everyone)
        }
        for arn in wanted.organizationARNs {
            if !isARN(arn, of: "organization/") { error(at: position, "'\(arn)' is no ARN of an organisation") }
            permissions.append(.organization(arn))
        }
        for arn in wanted.organizationalUnitARNs {
            if !isARN(arn, of: "ou/") { error(at: position, "'\(arn)' is no ARN of an organisational unit") }
            permissions.append(.organizationalUnit(arn))
        }
        return permissions.enumerated().filter { !permissions[..<$0.offset].contains($0.element) }.map(\.element)
    }

    private func isARN(_ text: String, of resource: String) -> Bool {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
        return parts.count == 6 && parts[0] == "arn" && parts[2] == "organizations" && parts[5].hasPrefix(resource)
    }

    mutating func note(unsupportedIn distribution: DistributionConfiguration.Distribution) {
        if distribution.fastLaunches.contains(where: { $0.enabled != false }) {
            warn(
                at: distribution.position, "fast launch is for Windows, which Kiln does not build: it is not turned on")
        }
        if !distribution.licenseConfigurationARNs.isEmpty {
            warn(
                at: distribution.position, "Kiln associates no licence configurations with AMIs",
                hint: "aws license-manager update-license-specifications-for-resource does")
        }
    }

    /// What S3 and IAM would refuse of an export, without asking them.
    mutating func check(_ export: DistributionConfiguration.S3Export, at position: SourcePosition?) {
        do throws(AWSFailure) {
            _ = try S3Location(parsing: "s3://\(export.bucket)/\(export.prefix ?? "")")
        } catch {
            self.error(at: position, error.message, hint: error.hint)
        }
        guard !export.roleName.hasPrefix("arn:") else { return }
        let isRole = export.roleName.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "+=,.@_-/".contains($0))
        }
        if !isRole || export.roleName.isEmpty {
            error(
                at: position, "'\(export.roleName)' cannot be the name of a role",
                hint: "letters, digits and + = , . @ _ -")
        }
    }

    /// What EC2 would refuse of a key, and what it would do without being asked.
    mutating func checkEncryption(_ regions: [RegionPlan]) {
        for region in regions {
            guard let key = region.kmsKeyID else { continue }
            if region.permissions.contains(.everyone) {
                error(
                    at: region.position, "an encrypted AMI cannot be public",
                    hint: "leave out KmsKeyId or the group 'all'")
            }
            let parts = key.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false)
            if key.hasPrefix("arn:"), parts.count != 6 || parts[2] != "kms" || parts[3] != region.region {
                error(at: region.position, "'\(key)' is no ARN of a key in \(region.region)")
            }
            if !region.permissions.isEmpty || !region.targetAccounts.isEmpty {
                warn(
                    at: region.position,
                    "others can use the AMI in \(region.region) only if the policy of its key lets them",
                    hint: "let them kms:DescribeKey, kms:CreateGrant, kms:Decrypt and kms:ReEncrypt*")
            }
        }
        let regions = regions.filter(\.makesImage)
        guard let first = regions.first, let key = first.kmsKeyID else { return }
        if choices.ways.contains(.ebs), key.hasPrefix("alias/") || key.contains(":alias/") {
            error(
                at: first.position, "the EBS direct API takes no alias of a key, such as '\(key)'",
                hint: "give the key's id or ARN, or go by s3")
        }
        for region in regions.dropFirst() where region.kmsKeyID == nil {
            warn(
                at: region.position,
                "the AMI in \(region.region) is a copy of an encrypted one: the account's default key encrypts it",
                hint: "name a KmsKeyId there, or put a region without one first")
        }
    }
}
