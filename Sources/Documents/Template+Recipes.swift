extension TemplateReader {
    mutating func recipe(
        _ resource: Resource, _ name: String, _ version: SemanticVersion, _ settings: KilnSettings,
        _ fields: inout FieldReader
    ) {
        let parent = fields.field("ParentImage", required: true)
        var uses: [Template.Recipe.ComponentUse] = []
        for node in fields.list("Components", required: true) ?? [] {
            guard var use = FieldReader(node, what: "a component of a recipe", diagnostics) else { continue }
            let arn = use.field("ComponentArn", required: true)
            let values = componentParameters(&use)
            use.reportUnknown()
            // An empty one comes of a reference that has been told of already.
            guard let arn, let text = arn.text, !text.isEmpty else { continue }
            references.append((resource.logicalID, uses.count, arn.position))
            uses.append(Template.Recipe.ComponentUse(logicalID: text, parameters: values))
        }
        let workingDirectory = fields.string("WorkingDirectory") ?? "/tmp"
        var volume: Int?
        for mapping in fields.list("BlockDeviceMappings") ?? [] {
            if let size = mapping["Ebs"]?["VolumeSize"]?.text.flatMap(Int.init) { volume = max(volume ?? 0, size) }
        }
        fields.allow("AdditionalInstanceConfiguration", "AmiTags")
        template.recipes[resource.logicalID] = Template.Recipe(
            logicalID: resource.logicalID, name: name, version: version, parentImage: parent?.text ?? "",
            parentPosition: parent?.position ?? resource.properties.position, components: uses,
            workingDirectory: workingDirectory, volumeSize: volume, settings: settings)
    }

    private func componentParameters(_ use: inout FieldReader) -> [String: String] {
        var values: [String: String] = [:]
        for node in use.list("Parameters") ?? [] {
            guard var fields = FieldReader(node, what: "a parameter of a component", diagnostics) else { continue }
            let name = fields.string("Name", required: true)
            let list = (fields.list("Value", required: true) ?? []).compactMap(\.text)
            fields.reportUnknown()
            if let name { values[name] = list.joined(separator: ",") }
        }
        return values
    }

    mutating func distribution(_ resource: Resource, _ name: String, _ fields: inout FieldReader) {
        var distributions: [Template.DistributionConfiguration.Distribution] = []
        for node in fields.list("Distributions", required: true) ?? [] {
            guard var one = FieldReader(node, what: "a distribution", diagnostics) else { continue }
            let region = one.string("Region", required: true) ?? ""
            let ami = one.field("AmiDistributionConfiguration")
            one.allow(
                "ContainerDistributionConfiguration", "LaunchTemplateConfigurations", "LicenseConfigurationArns",
                "FastLaunchConfigurations", "SsmParameterConfigurations")
            // The API has it here; CloudFormation gives the export no property, so Kiln's own metadata does.
            one.reportUnknown()
            distributions.append(
                Template.DistributionConfiguration.Distribution(
                    region: region, amiName: ami?["Name"]?.text ?? ami?["name"]?.text))
        }
        var export: Template.DistributionConfiguration.S3Export?
        if let node = resource.node["Metadata"]?["Kiln"]?["S3Export"],
            var settings = FieldReader(node, what: "S3Export", diagnostics)
        {
            let bucket = settings.string("Bucket", required: true)
            let prefix = settings.string("Prefix") ?? ""
            settings.reportUnknown()
            export = bucket.map { Template.DistributionConfiguration.S3Export(bucket: $0, prefix: prefix) }
        }
        template.distributions[resource.logicalID] = Template.DistributionConfiguration(
            logicalID: resource.logicalID, name: name, distributions: distributions, s3Export: export)
    }

    mutating func pipeline(_ resource: Resource, _ name: String, _ fields: inout FieldReader) {
        let recipe = fields.field("ImageRecipeArn", required: true)
        let infrastructure = fields.field("InfrastructureConfigurationArn", required: true)
        let distribution = fields.field("DistributionConfigurationArn")
        pipelinePositions[resource.logicalID] = recipe?.position ?? resource.properties.position
        var enabled = true
        var minutes = 720
        if let node = fields.field("ImageTestsConfiguration"),
            var tests = FieldReader(node, what: "ImageTestsConfiguration", diagnostics)
        {
            enabled = tests.boolean("ImageTestsEnabled") ?? true
            minutes = tests.integer("TimeoutMinutes") ?? 720
            tests.reportUnknown()
            if !(60...1440).contains(minutes) {
                diagnostics.error(node.position, "TimeoutMinutes must be 60 to 1440, not \(minutes)")
            }
        }
        fields.allow(
            "Schedule", "Status", "EnhancedImageMetadataEnabled", "ImageScanningConfiguration", "ContainerRecipeArn",
            "ExecutionRole", "Workflows")
        template.pipelines[resource.logicalID] = Template.Pipeline(
            logicalID: resource.logicalID, name: name, recipe: recipe?.text ?? "", infrastructure: infrastructure?.text,
            distribution: distribution?.text, testsEnabled: enabled, testTimeoutMinutes: minutes)
    }
}

extension Diagnostic {
    /// A problem inside a document that stands in another one's text: with the place in the outer file where lines
    /// correspond (a literal block), else at the text's beginning.
    func inside(_ data: DocumentNode, source: DocumentNode) -> Diagnostic {
        var copy = self
        guard data.isLiteralBlock else {
            copy.position = data.position
            copy.message += " (line \(position.line) of Data)"
            return copy
        }
        copy.position.line = data.position.line + position.line
        return copy
    }
}
