import FoundationEssentials

extension ImageRecipe {
    init?(_ reader: ResourceReader, links: ResourceLinks) {
        let properties = reader.properties
        let name = reader.name()
        let version = reader.version(allowsWildcards: true)
        let parent = Self.parent(reader)
        components = properties.mappings("Components", of: "the component of the recipe") {
            Self.component($0, links: links)
        }
        if components.count > ComponentQuota.componentsOfRecipe {
            reader.diagnostics.warning(
                at: properties.keyPosition("Components"),
                "the recipe has \(components.count) components; Image Builder takes \(ComponentQuota.componentsOfRecipe)",
                rule: .quota)
        }
        blockDeviceMappings = properties.mappings(
            "BlockDeviceMappings", of: "the block device mapping", BlockDeviceMapping.init)
        workingDirectory = reader.text("WorkingDirectory") ?? "/tmp"
        var uninstalls = false
        var userData: [UInt8]?
        properties.mapping("AdditionalInstanceConfiguration") { additional in
            uninstalls =
                additional.mapping("SystemsManagerAgent") { $0.bool("UninstallAfterBuild") } ?? false
            userData = Self.userData(additional)
        }
        uninstallsSystemsManagerAgent = uninstalls
        userDataOverride = userData
        description = reader.text("Description")
        tags = properties.texts("Tags")
        amiTags = properties.texts("AmiTags")
        amiWatermarks = Self.watermarks(reader)
        reader.readOnly("Arn", "LatestVersion")
        guard let name, let version, let parent, let arn = reader.arn else { return nil }
        self.arn = arn
        self.name = name
        self.version = version
        parentImage = parent
        logicalID = reader.resource.logicalID
        kiln = reader.resource.kiln
        position = reader.resource.position
    }

    /// 1 to 5 names, as the service's model has them.
    private static func watermarks(_ reader: ResourceReader) -> [String] {
        let properties = reader.properties
        guard let nodes = properties.list("AmiWatermarks") else { return [] }
        let key = properties.spelled("AmiWatermarks")
        if !(1...5).contains(nodes.count) {
            reader.diagnostics.error(
                at: properties.keyPosition("AmiWatermarks"),
                "'\(key)' of \(properties.subject) must have 1 to 5 names, found \(nodes.count)")
        }
        var names: [String] = []
        for node in nodes {
            guard let name = properties.values.string(node, "an element of '\(key)'") else { continue }
            let letters = name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || " ()[]./'@_-".contains($0)) }
            if !letters || name.hasPrefix(" ") || name.hasSuffix(" ") || !(3...128).contains(name.count) {
                reader.diagnostics.error(
                    at: node.position, "'\(name)' cannot be the name of a watermark",
                    hint: "3 to 128 letters, digits, inner blanks and ()[]./'@_-")
            }
            if names.contains(name) {
                reader.diagnostics.error(at: node.position, "the watermark '\(name)' is given twice")
            }
            names.append(name)
        }
        return names
    }

    private static func parent(_ reader: ResourceReader) -> Positioned<ParentReference>? {
        guard let text = reader.properties.positionedString("ParentImage", required: true) else { return nil }
        do {
            let reference = try ParentReference(text.value)
            if case .name(let name) = reference, name.hasPrefix("prod-") {
                reader.diagnostics.warning(
                    at: text.position,
                    "the parent '\(name)' is a product of the AWS Marketplace, which is not on this machine",
                    hint: "name a local image for it under 'parents' in kiln.yaml")
                // One that is registered is not this template's to deploy.
            } else if case .name(let name) = reference, reader.resource.outside == nil {
                reader.diagnostics.warning(
                    at: text.position, "the parent '\(name)' is a local image's name, which AWS does not know",
                    hint: "an image ARN, an AMI ID or ssm:NAME deploys as well")
            }
            return Positioned(reference, at: text.position)
        } catch {
            reader.diagnostics.error(at: text.position, error.description)
            return nil
        }
    }

    private static func component(_ reader: MappingReader, links: ResourceLinks) -> RecipeComponent? {
        let arn = reader.positionedString("ComponentArn", required: true)
        let given = GivenParameters(reader, of: "the component parameter")
        guard let arn, let reference = links.component(arn) else { return nil }
        let result = RecipeComponent(reference: reference, parameters: given.values, position: reader.node.position)
        if case .template(let id, _) = reference, let component = links.components.first(where: { $0.logicalID == id })
        {
            result.check(component.document, places: given.places, arn: arn, reader.diagnostics)
        }
        return result
    }

    private static func userData(_ reader: MappingReader) -> [UInt8]? {
        guard let text = reader.positionedString("UserDataOverride") else { return nil }
        guard let data = Data(base64Encoded: text.value), !data.isEmpty else {
            reader.diagnostics.error(
                at: text.position, "'\(reader.spelled("UserDataOverride"))' is not base64",
                hint: reader.values.keys == .asNamed ? "write it with Fn::Base64" : nil)
            return nil
        }
        return Array(data)
    }
}

extension ImageRecipe.RecipeComponent {
    /// The parameters given must be the component's, and those without a default must be given.
    fileprivate func check(
        _ document: ComponentDocument, places: [String: SourcePosition], arn: Positioned<String>,
        _ diagnostics: Diagnostics
    ) {
        let names = document.parameters.map(\.name)
        for (name, place) in places {
            guard names.contains(name) else {
                diagnostics.error(
                    at: place, "the component '\(reference.arn.name)' has no parameter '\(name)'",
                    hint: Suggestion.hint(for: name, in: names))
                continue
            }
            if let count = parameters[name]?.count, count != 1 {
                diagnostics.error(at: place, "the parameter '\(name)' takes one value, found \(count)")
            }
        }
        for parameter in document.parameters where parameter.defaultValue == nil && places[parameter.name] == nil {
            diagnostics.error(
                at: arn.position,
                "the parameter '\(parameter.name)' of the component '\(reference.arn.name)' has no default and is not given",
                hint: "add it to the component's parameters in the recipe")
        }
    }
}

extension BlockDeviceMapping {
    init?(_ reader: MappingReader) {
        deviceName = reader.string("DeviceName")
        virtualName = reader.string("VirtualName")
        // An empty text is what says so.
        noDevice = reader.has("NoDevice")
        reader.skip("NoDevice")
        ebs = reader.mapping("Ebs") { ebs in
            EBS(
                deleteOnTermination: ebs.bool("DeleteOnTermination"), encrypted: ebs.bool("Encrypted"),
                iops: ebs.int("Iops", in: 100...64_000), kmsKeyID: ebs.string("KmsKeyId"),
                snapshotID: ebs.string("SnapshotId"), throughput: ebs.int("Throughput", in: 125...1000),
                volumeSize: ebs.int("VolumeSize", in: 1...16_000), volumeType: ebs.choice("VolumeType"))
        }
    }
}
