extension Template {
    /// Parses and resolves a template. All that is wrong goes to `diagnostics`; the result is whole where they have no errors.
    public static func parse(
        _ text: String, file: String, context: TemplateContext, diagnostics: Diagnostics
    ) -> Template? {
        guard let node = DocumentNode.parse(text, file: file, diagnostics: diagnostics) else { return nil }
        var reader = TemplateReader(context: context, diagnostics: diagnostics)
        return reader.read(node)
    }

    /// Whether a parsed file is a template, by its one required section.
    public static func isTemplate(_ node: DocumentNode) -> Bool { node["Resources"] != nil }
}

/// Reads the sections of a template, then its resources in two rounds: names first, for references may point forward.
struct TemplateReader {
    let context: TemplateContext
    let diagnostics: Diagnostics
    var template = Template()
    /// The logical ids of components by ARN, without and with the build version.
    private var arns: [String: String] = [:]
    /// What recipes and pipelines refer to, to be looked up when all is read.
    var references: [(owner: String, index: Int, position: SourcePosition)] = []

    var pipelinePositions: [String: SourcePosition] = [:]

    struct Resource {
        var logicalID: String
        var type: String
        var node: DocumentNode
        var properties: DocumentNode
    }

    private static let prefix = "AWS::ImageBuilder::"
    private static let kinds = [
        "Component", "ImageRecipe", "InfrastructureConfiguration", "DistributionConfiguration", "ImagePipeline",
    ]

    init(context: TemplateContext, diagnostics: Diagnostics) {
        self.context = context
        self.diagnostics = diagnostics
    }

    mutating func read(_ node: DocumentNode) -> Template? {
        guard var fields = FieldReader(node, what: "a template", diagnostics) else { return nil }
        let parameters = parameters(fields.field("Parameters"))
        fields.allow(
            "AWSTemplateFormatVersion", "Description", "Metadata", "Outputs", "Mappings", "Conditions", "Rules",
            "Transform")
        let resources = resources(fields.field("Resources", required: true))
        fields.reportUnknown()
        let plain = Intrinsics(context: context, parameters: parameters, resources: [:], diagnostics: Diagnostics())
        var values: [String: Intrinsics.ResourceValue] = [:]
        for resource in resources { values[resource.logicalID] = value(of: resource, plain) }
        let intrinsics = Intrinsics(
            context: context, parameters: parameters, resources: values, diagnostics: diagnostics)
        for resource in resources where resource.type.hasPrefix(Self.prefix) {
            var resolved = resource
            resolved.properties = intrinsics.resolve(resource.properties)
            read(resolved)
        }
        resolveReferences()
        return template
    }

    private mutating func parameters(_ node: DocumentNode?) -> [String: String] {
        guard let node, case .mapping(let pairs) = node.value else { return [:] }
        var values: [String: String] = [:]
        for (key, definition) in pairs {
            guard let name = key.text, var fields = FieldReader(definition, what: "a parameter", diagnostics) else {
                continue
            }
            _ = fields.string("Type", required: true)
            let fallback = fields.string("Default")
            let isSecret = fields.boolean("NoEcho") ?? false
            let allowed = (fields.list("AllowedValues") ?? []).compactMap(\.text)
            fields.allow(
                "Description", "AllowedPattern", "ConstraintDescription", "MinLength", "MaxLength", "MinValue",
                "MaxValue")
            fields.reportUnknown()
            guard let value = context.parameters[name] ?? fallback else {
                diagnostics.error(
                    key.position, "the parameter \(name) has no value; give one with --parameter \(name)=…")
                continue
            }
            if !allowed.isEmpty, !allowed.contains(value) {
                diagnostics.error(
                    key.position,
                    "\(isSecret ? "the value" : "'\(value)'") of \(name) is not among: \(allowed.joined(separator: ", "))"
                )
            }
            if isSecret { template.secrets.insert(value) }
            values[name] = value
        }
        for name in context.parameters.keys.sorted() where node[name] == nil {
            diagnostics.error(
                node.position, "there is no parameter \(name)\(suggestion(for: name, among: values.keys))")
        }
        return values
    }

    private func resources(_ node: DocumentNode?) -> [Resource] {
        guard let node, case .mapping(let pairs) = node.value else { return [] }
        return pairs.compactMap { key, node in
            guard let name = key.text, var fields = FieldReader(node, what: "a resource", diagnostics) else {
                return nil
            }
            let type = fields.field("Type", required: true)
            let properties = fields.field("Properties") ?? node.with(.mapping([]))
            fields.allow(
                "Metadata", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy", "CreationPolicy")
            fields.reportUnknown()
            guard let type, let text = type.text else { return nil }
            if text.hasPrefix(Self.prefix), !Self.kinds.contains(String(text.dropFirst(Self.prefix.count))) {
                let known = Self.kinds.map { Self.prefix + $0 }
                diagnostics.error(type.position, "Kiln does not build \(text)\(suggestion(for: text, among: known))")
                return nil
            }
            return Resource(logicalID: name, type: text, node: node, properties: properties)
        }
    }

    private func value(of resource: Resource, _ plain: Intrinsics) -> Intrinsics.ResourceValue {
        guard resource.type.hasPrefix(Self.prefix) else {
            return Intrinsics.ResourceValue(reference: resource.logicalID, attributes: [:])
        }
        func text(_ name: String) -> String { resource.properties[name].map { plain.resolve($0).text ?? "" } ?? "" }
        let kind = String(resource.type.dropFirst(Self.prefix.count))
        let path: String =
            switch kind {
            case "Component": "component/\(text("Name").lowercased())/\(text("Version"))/1"
            case "ImageRecipe": "image-recipe/\(text("Name").lowercased())/\(text("Version"))"
            case "InfrastructureConfiguration": "infrastructure-configuration/\(text("Name").lowercased())"
            case "DistributionConfiguration": "distribution-configuration/\(text("Name").lowercased())"
            default: "image-pipeline/\(text("Name").lowercased())"
            }
        let arn = "arn:\(context.partition):imagebuilder:\(context.region):\(context.accountID):\(path)"
        var attributes = ["Arn": arn, "Name": text("Name")]
        if ["Component", "ImageRecipe"].contains(kind) { attributes["Version"] = text("Version") }
        return Intrinsics.ResourceValue(reference: arn, attributes: attributes)
    }

    private mutating func read(_ resource: Resource) {
        guard var fields = FieldReader(resource.properties, what: "\(resource.type)", diagnostics) else { return }
        let name = fields.string("Name", required: true) ?? ""
        fields.allow("Description", "Tags")
        let settings = KilnSettings(metadata: resource.node["Metadata"], diagnostics)
        switch String(resource.type.dropFirst(Self.prefix.count)) {
        case "Component": component(resource, name, &fields)
        case "ImageRecipe": recipe(resource, name, version(&fields), settings, &fields)
        case "InfrastructureConfiguration":
            fields.allow(
                "InstanceProfileName", "InstanceTypes", "KeyPair", "Logging", "ResourceTags", "SecurityGroupIds",
                "SnsTopicArn",
                "SubnetId", "TerminateInstanceOnFailure", "InstanceMetadataOptions", "Placement")
            template.infrastructures[resource.logicalID] = Template.Infrastructure(
                logicalID: resource.logicalID, name: name, settings: settings)
        case "DistributionConfiguration": distribution(resource, name, &fields)
        default: pipeline(resource, name, &fields)
        }
        fields.reportUnknown()
    }

    private func version(_ fields: inout FieldReader) -> SemanticVersion {
        guard let node = fields.field("Version", required: true) else { return .zero }
        guard let version = node.text.flatMap(SemanticVersion.init) else {
            diagnostics.error(
                node.position, "Version must be three whole numbers, as in 1.0.0, not \(node.text ?? node.kindName)")
            return .zero
        }
        return version
    }

    private mutating func component(_ resource: Resource, _ name: String, _ fields: inout FieldReader) {
        let version = version(&fields)
        if let platform = fields.field("Platform", required: true), platform.text != "Linux" {
            diagnostics.error(
                platform.position,
                "Platform must be Linux here, not \(platform.text ?? platform.kindName); Windows guests are not built yet"
            )
        }
        fields.allow("ChangeDescription", "KmsKeyId", "SupportedOsVersions")
        if let uri = fields.field("Uri") {
            diagnostics.error(uri.position, "Uri is not read by this Kiln yet; put the document into Data")
        }
        guard let data = fields.field("Data", required: true), let text = data.text else { return }
        if text.utf8.count > 16_000 {
            diagnostics.error(data.position, "Data has \(text.utf8.count) characters; AWS takes 16,000 at most")
        }
        let inner = Diagnostics()
        let document = ComponentDocument.parse(text, file: data.position.file, diagnostics: inner)
        for diagnostic in inner.all { diagnostics.add(diagnostic.inside(data, source: resource.node)) }
        guard let document else { return }
        template.components[resource.logicalID] = Template.Component(
            logicalID: resource.logicalID, name: name, version: version, arn: arn("component", name, version),
            document: document,
            data: text)
        arns[arn("component", name, version) + "/1"] = resource.logicalID
    }

    /// Recipes name components by ARN: those of the template become their logical ids, others are told.
    private mutating func resolveReferences() {
        for reference in references {
            guard var recipe = template.recipes[reference.owner] else { continue }
            let arn = recipe.components[reference.index].logicalID
            guard let id = arns[arn] ?? arns[arn + "/1"] else {
                diagnostics.error(
                    reference.position,
                    "there is no component \(arn) in this template\(suggestion(for: arn, among: arns.keys))")
                continue
            }
            recipe.components[reference.index].logicalID = id
            template.recipes[reference.owner] = recipe
        }
        for (id, pipeline) in template.pipelines {
            var pipeline = pipeline
            let recipes = template.recipes.values.map { ($0.logicalID, arn("image-recipe", $0.name, $0.version)) }
            let place = pipelinePositions[id] ?? SourcePosition(file: "", line: 1, column: 1)
            if let found = recipes.first(where: { $0.1 == pipeline.recipe }) {
                pipeline.recipe = found.0
            } else if !pipeline.recipe.isEmpty {
                diagnostics.error(place, "there is no recipe \(pipeline.recipe) in this template")
            }
            pipeline.infrastructure =
                template.infrastructures.values.first {
                    pipeline.infrastructure?.hasSuffix("infrastructure-configuration/\($0.name.lowercased())") == true
                }?.logicalID
            pipeline.distribution =
                template.distributions.values.first {
                    pipeline.distribution?.hasSuffix("distribution-configuration/\($0.name.lowercased())") == true
                }?.logicalID
            template.pipelines[id] = pipeline
        }
    }

    func arn(_ kind: String, _ name: String, _ version: SemanticVersion) -> String {
        "arn:\(context.partition):imagebuilder:\(context.region):\(context.accountID):\(kind)/\(name.lowercased())/\(version)"
    }
}
