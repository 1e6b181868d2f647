extension DistributionConfiguration {
    init?(_ reader: ResourceReader) {
        let properties = reader.properties
        let name = reader.name()
        description = reader.text("Description")
        distributions = properties.mappings(
            "Distributions", of: "the distribution", required: true, Distribution.init)
        tags = properties.texts("Tags")
        reader.readOnly("Arn")
        var regions: Set<String> = []
        for distribution in distributions where !regions.insert(distribution.region).inserted {
            reader.diagnostics.error(
                at: distribution.position, "the region \(distribution.region) is in two distributions")
        }
        guard let name, let arn = reader.arn else { return nil }
        self.arn = arn
        self.name = name
        logicalID = reader.resource.logicalID
        kiln = reader.resource.kiln
        position = reader.resource.position
    }
}

extension DistributionConfiguration.Distribution {
    init?(_ reader: MappingReader) {
        let region = reader.positionedString("Region", required: true)
        if let region, !Self.isRegion(region.value) {
            reader.diagnostics.error(
                at: region.position, "'\(region.value)' is not a region", hint: "such as us-east-1")
        }
        ami = reader.mapping(
            "AmiDistributionConfiguration", adapt: { Self.capitalized($0, reader) },
            DistributionConfiguration.AMI.init)
        launchTemplates = reader.mappings("LaunchTemplateConfigurations", of: "the launch template") {
            .init(
                id: $0.string("LaunchTemplateId"), accountID: $0.accountID("AccountId"),
                setsDefaultVersion: $0.bool("SetDefaultVersion") ?? true)
        }
        fastLaunches = reader.mappings(
            "FastLaunchConfigurations", of: "the fast launch", DistributionConfiguration.FastLaunch.init)
        licenseConfigurationARNs = reader.strings("LicenseConfigurationArns") ?? []
        systemsManagerParameters = reader.mappings(
            "SsmParameterConfigurations", of: "the SSM parameter",
            DistributionConfiguration.SystemsManagerParameter.init)
        if reader.value("ContainerDistributionConfiguration") != nil {
            reader.diagnostics.error(
                at: reader.keyPosition("ContainerDistributionConfiguration"), "container images are not built by Kiln")
        }
        s3Export = Self.s3Export(reader)
        position = reader.node.position
        guard let region else { return nil }
        self.region = region.value
    }

    /// CloudFormation leaves the names in an AMI's configuration unchecked, and aws-cdk writes them as the API does.
    private static func capitalized(_ node: DocumentNode, _ reader: MappingReader) -> DocumentNode {
        guard reader.values.keys == .asNamed, let entries = node.entries else { return node }
        let capitalized = entries.map { entry in
            guard let first = entry.key.first, first.isLowercase else { return entry }
            let isPermission = entry.key.hasPrefix("launchPermission")
            let key =
                isPermission ? "LaunchPermissionConfiguration" : first.uppercased() + entry.key.dropFirst()
            reader.diagnostics.warning(
                at: entry.keyPosition, "CloudFormation spells '\(entry.key)' as '\(key)'")
            return DocumentNode.Entry(
                key: key, keyPosition: entry.keyPosition,
                value: isPermission ? Self.capitalized(entry.value, reader) : entry.value)
        }
        return DocumentNode(.mapping(capitalized), at: node.position)
    }

    /// The API has it, CloudFormation has not.
    private static func s3Export(_ reader: MappingReader) -> DistributionConfiguration.S3Export? {
        guard reader.values.keys == .asNamed else {
            return reader.mapping("S3ExportConfiguration", DistributionConfiguration.S3Export.init)
        }
        if reader.has("S3ExportConfiguration") {
            reader.diagnostics.error(
                at: reader.keyPosition("S3ExportConfiguration"), "CloudFormation has no 'S3ExportConfiguration'",
                hint: "write it as 'export' under 'Metadata: Kiln'")
            reader.skip("S3ExportConfiguration")
        }
        return nil
    }

    /// `us-east-1`, `us-gov-west-1`: names with dashes that end in a number.
    private static func isRegion(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count >= 3 && parts.last.map { Int($0) != nil } ?? false
            && parts.dropLast().allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy { (0x61...0x7A).contains($0) } }
    }
}

extension DistributionConfiguration.AMI {
    init?(_ reader: MappingReader) {
        let name = reader.positionedString("Name")
        if let name { Self.check(name, reader.diagnostics) }
        self.name = name?.value
        description = reader.string("Description")
        tags = reader.texts("AmiTags")
        kmsKeyID = reader.string("KmsKeyId")
        launchPermission = reader.mapping("LaunchPermissionConfiguration") {
            .init(
                userIDs: $0.strings("UserIds") ?? [], userGroups: $0.strings("UserGroups") ?? [],
                organizationARNs: $0.strings("OrganizationArns") ?? [],
                organizationalUnitARNs: $0.strings("OrganizationalUnitArns") ?? [])
        }
        targetAccountIDs = reader.accountIDs("TargetAccountIds")
    }

    private static func check(_ name: Positioned<String>, _ diagnostics: Diagnostics) {
        let allowed = name.value.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "-_ :{}.".contains($0))
        }
        if !allowed || !(3...127).contains(name.value.count) {
            diagnostics.error(
                at: name.position, "'\(name.value)' cannot be the name of an AMI",
                hint: "3 to 127 letters, digits, blanks and -_.:{}")
        }
        var rest = name.value[...]
        let variables = ["imagebuilder:buildDate", "imagebuilder:buildVersion"]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            let variable = String(rest[open.upperBound..<close.lowerBound].trimmingBlanks)
            if !variables.contains(variable) {
                diagnostics.error(
                    at: name.position, "'{{ \(variable) }}' is not known in the name of an AMI",
                    hint: Suggestion.hint(for: variable, in: variables))
            }
            rest = rest[close.upperBound...]
        }
    }

    /// The name with its variables put in; AWS gives the date in a form without colons.
    public func name(buildDate: String, buildVersion: String) -> String? {
        guard let name else { return nil }
        var result = ""
        var rest = name[...]
        while let open = rest.firstRange(of: "{{"), let close = rest[open.upperBound...].firstRange(of: "}}") {
            result += rest[..<open.lowerBound]
            switch rest[open.upperBound..<close.lowerBound].trimmingBlanks {
            case "imagebuilder:buildDate": result += buildDate
            case "imagebuilder:buildVersion": result += buildVersion
            default: result += rest[open.lowerBound..<close.upperBound]
            }
            rest = rest[close.upperBound...]
        }
        return result + rest
    }
}

extension DistributionConfiguration.FastLaunch {
    init?(_ reader: MappingReader) {
        accountID = reader.accountID("AccountId")
        enabled = reader.bool("Enabled")
        maxParallelLaunches = reader.int("MaxParallelLaunches", in: 1...Int.max)
        targetResourceCount =
            reader.mapping("SnapshotConfiguration") { $0.int("TargetResourceCount", in: 1...10_000) }
        var template: (id: String?, name: String?, version: String?)
        reader.mapping("LaunchTemplate") {
            template = (
                $0.string("LaunchTemplateId"), $0.string("LaunchTemplateName"), $0.string("LaunchTemplateVersion")
            )
        }
        launchTemplateID = template.id
        launchTemplateName = template.name
        launchTemplateVersion = template.version
    }
}

extension DistributionConfiguration.S3Export {
    init?(_ reader: MappingReader) {
        let format = reader.choice("DiskImageFormat", Format.self, required: true)
        let role = reader.string("RoleName", required: true)
        let bucket = reader.string("S3Bucket", required: true)
        prefix = reader.string("S3Prefix")
        guard let format, let role, let bucket else { return nil }
        self.format = format
        self.roleName = role
        self.bucket = bucket
    }
}

extension DistributionConfiguration.SystemsManagerParameter {
    init?(_ reader: MappingReader) {
        amiAccountID = reader.accountID("AmiAccountId")
        dataType = reader.choice("DataType")
        guard let name = reader.string("ParameterName", required: true) else { return nil }
        self.name = name
    }
}
