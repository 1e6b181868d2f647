/// What resources are called once they exist.
extension TemplateResolver {
    /// The ARN of an Image Builder resource, from its name and version; nil if those are not known.
    func identity(of resource: TemplateResource) -> ImageBuilderARN? {
        if let outside = resource.outside { return outside.arn }
        guard let type = ResourceType(rawValue: resource.type), type != .image else { return nil }
        if let known = identities[resource.logicalID] { return known }
        identities[resource.logicalID] = .some(nil)
        guard let name = resource.property("Name").flatMap(evaluate)?.text else { return nil }
        var path = ImageBuilderARN.resourceName(name)
        if type == .workflow {
            // Its type is a part of its name.
            guard let kind = resource.property("Type").flatMap(evaluate)?.text else { return nil }
            path = "\(kind.lowercased())/\(path)"
        }
        func arn(_ version: SemanticVersion?) -> ImageBuilderARN {
            ImageBuilderARN(
                partition: context.partition, region: context.region, account: context.accountID, type: type.arnType,
                name: path, version: version.map(VersionPattern.init),
                build: type == .component || type == .workflow ? 1 : nil)
        }
        var version: SemanticVersion?
        if type.arnType.isVersioned {
            guard let text = resource.property("Version").flatMap(evaluate)?.text else { return nil }
            version = SemanticVersion(text)
            if version == nil, type == .imageRecipe, let pattern = VersionPattern(text) {
                version = pattern.next(after: context.existingVersions?(arn(nil)) ?? [])
            }
            if version == nil { return nil }
        }
        let result = arn(version)
        identities[resource.logicalID] = result
        return result
    }

    /// What `Ref` gives: the ARN of an Image Builder resource, something like an ID for others.
    func physicalID(of resource: TemplateResource, at position: SourcePosition) -> DocumentNode {
        if ResourceType(rawValue: resource.type) != nil {
            guard let arn = identity(of: resource) else {
                return resource.type == ResourceType.image.rawValue
                    ? .string(placeholder(resource, "Arn"), at: position) : unresolved(at: position)
            }
            return .string(arn.description, at: position)
        }
        // Of topics it is the ARN.
        if resource.type == "AWS::SNS::Topic" { return .string(placeholder(resource, "TopicArn"), at: position) }
        if let property = Self.nameProperties[resource.type], let name = resource.property(property) {
            return evaluate(name)?.relocated(to: position) ?? unresolved(at: position)
        }
        let hash = ResourceHash("\(context.stackName)-\(resource.logicalID)")
        if resource.type == "AWS::KMS::Key" { return .string(hash.uuid, at: position) }
        // The API checks the form of what it is given.
        if let prefix = Self.prefixes[resource.type] { return .string("\(prefix)-\(hash.digits(17))", at: position) }
        return .string("\(context.stackName)-\(resource.logicalID)".lowercased(), at: position)
    }

    /// Stands for what AWS gives a pipeline when it is deployed: the same each time, another for each.
    func deploymentID(of pipeline: String) -> String { ResourceHash("\(context.stackName)-\(pipeline)").uuid }

    /// How the IDs of EC2's resources begin, which 17 hexadecimal digits follow.
    private static let prefixes = [
        "AWS::EC2::Host": "h", "AWS::EC2::Instance": "i", "AWS::EC2::LaunchTemplate": "lt",
        "AWS::EC2::SecurityGroup": "sg", "AWS::EC2::Subnet": "subnet", "AWS::EC2::VPC": "vpc",
    ]

    func attribute(_ name: String, of resource: TemplateResource, at position: SourcePosition) -> DocumentNode {
        guard let type = ResourceType(rawValue: resource.type) else {
            return .string(placeholder(resource, name), at: position)
        }
        guard type.attributes.contains(name) else { return unresolved(at: position) }
        guard let arn = identity(of: resource) else {
            return type == .image ? .string(placeholder(resource, name), at: position) : unresolved(at: position)
        }
        let version = arn.version?.exact
        func latest(_ pattern: String) -> String {
            ImageBuilderARN(
                partition: arn.partition, region: arn.region, account: arn.account, type: arn.type, name: arn.name,
                version: VersionPattern(pattern)
            ).description
        }
        let text: String =
            switch name {
            case "Type": "BUILD"
            case "Encrypted": "true"
            case "LatestVersion.Arn": latest("x.x.x")
            case "LatestVersion.Major": latest("\(version?.major ?? 0).x.x")
            case "LatestVersion.Minor": latest("\(version?.major ?? 0).\(version?.minor ?? 0).x")
            case "LatestVersion.Patch": latest(version?.description ?? "x.x.x")
            case "DeploymentId": deploymentID(of: resource.logicalID)
            case "Name": resource.property("Name").flatMap(evaluate)?.text ?? arn.name
            default: arn.description
            }
        return .string(text, at: position)
    }

    /// Where the types that templates of images often hold keep the name that `Ref` gives.
    private static let nameProperties = [
        "AWS::IAM::InstanceProfile": "InstanceProfileName",
        "AWS::IAM::Role": "RoleName",
        "AWS::Logs::LogGroup": "LogGroupName",
        "AWS::S3::Bucket": "BucketName",
        "AWS::SNS::Topic": "TopicName",
        "AWS::SSM::Parameter": "Name",
    ]

    /// A value that only AWS could give, in a form that no one takes for a real one.
    private func placeholder(_ resource: TemplateResource, _ attribute: String) -> String {
        let service = resource.type.split(separator: ":").dropFirst().first.map { $0.lowercased() } ?? "unknown"
        let id = "\(context.stackName)-\(resource.logicalID)".lowercased()
        guard attribute.hasSuffix("Arn") else { return "\(id)-\(attribute.lowercased().replacing(".", with: "-"))" }
        // With the name where the template gives one, and in the form that the service's ARNs have: the API checks it.
        let given = Self.nameProperties[resource.type].flatMap(resource.property).flatMap(evaluate)?.text
        let name = given ?? id
        switch resource.type {
        case "AWS::IAM::Role": return "arn:\(context.partition):iam::\(context.accountID):role/\(name)"
        case "AWS::IAM::InstanceProfile":
            return "arn:\(context.partition):iam::\(context.accountID):instance-profile/\(name)"
        case "AWS::S3::Bucket": return "arn:\(context.partition):s3:::\(name)"
        default: return "arn:\(context.partition):\(service):\(context.region):\(context.accountID):\(name)"
        }
    }
}
