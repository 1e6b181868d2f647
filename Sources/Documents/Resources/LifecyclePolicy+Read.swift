extension LifecyclePolicy {
    private enum Status: String, CaseIterable {
        case enabled = "ENABLED"
        case disabled = "DISABLED"
    }

    init?(_ reader: ResourceReader) {
        let properties = reader.properties
        let name = reader.name()
        description = reader.text("Description")
        let role = reader.text("ExecutionRole", required: true, most: 2048)
        let type = properties.choice("ResourceType", ResourceType.self, required: true)
        isEnabled = properties.choice("Status", Status.self) != .disabled
        rules = properties.mappings("PolicyDetails", of: "the rule", required: true) {
            Rule($0, isForContainers: type == .containerImage)
        }
        Self.check(rules, properties)
        let selection = properties.mapping("ResourceSelection", required: true, Selection.init)
        tags = properties.texts("Tags")
        reader.readOnly("Arn")
        guard let name, let role, let type, let selection, let arn = reader.arn else { return nil }
        self.arn = arn
        self.name = name
        executionRole = role
        resourceType = type
        self.selection = selection
        logicalID = reader.resource.logicalID
        position = reader.resource.position
    }

    private static func check(_ rules: [Rule], _ properties: MappingReader) {
        if properties.list("PolicyDetails")?.isEmpty == true {
            properties.diagnostics.error(
                at: properties.keyPosition("PolicyDetails"),
                "'\(properties.spelled("PolicyDetails"))' of \(properties.subject) needs a rule")
        }
        var actions: Set<Action> = []
        for rule in rules where !actions.insert(rule.action).inserted {
            properties.diagnostics.error(
                at: rule.position, "a second rule for \(rule.action.rawValue)", hint: "one for each action")
        }
    }
}

extension LifecyclePolicy.Rule {
    fileprivate init?(_ reader: MappingReader, isForContainers: Bool) {
        let action = reader.mapping("Action", required: true) { action in
            (type: action.choice("Type", LifecyclePolicy.Action.self, required: true), included: Self.included(action))
        }
        let filter = reader.mapping("Filter", required: true, LifecyclePolicy.Filter.init)
        reader.mapping("ExclusionRules", Self.checkExclusions)
        guard let type = action?.type, let action, let filter else { return nil }
        self.action = type
        included = action.included
        self.filter = filter
        position = reader.node.position
        checkTogether(reader, isForContainers: isForContainers)
    }

    private static func included(_ action: MappingReader) -> Set<Output> {
        action.mapping("IncludeResources") { resources in
            Set(Output.allCases.filter { resources.bool($0.rawValue) == true })
        } ?? []
    }

    /// Values that are each right and do not go together: what the service refuses beyond its model.
    private func checkTogether(_ reader: MappingReader, isForContainers: Bool) {
        func refuse(_ message: String, hint: String? = nil) {
            reader.diagnostics.error(at: position, message, hint: hint)
        }
        guard action != .delete else {
            if included.contains(.snapshots), !included.contains(.amis) {
                refuse("snapshots are deleted only together with AMIs", hint: "include the AMIs too")
            }
            return
        }
        if isForContainers { refuse("container images can be deleted only", hint: "expected the action DELETE") }
        if filter.kind == .count {
            refuse("a filter of the type COUNT is for the action DELETE only", hint: "use AGE")
        }
        if !included.isSubset(of: [.amis]) { refuse("\(action.rawValue) can include AMIs only") }
    }

    /// They are the API's to follow; a slip in them is told here.
    private static func checkExclusions(_ reader: MappingReader) {
        _ = reader.texts("TagMap")
        reader.mapping("Amis") { amis in
            _ = amis.bool("IsPublic")
            _ = amis.strings("Regions")
            _ = amis.accountIDs("SharedAccounts")
            _ = amis.texts("TagMap")
            amis.mapping("LastLaunched") { last in
                _ = last.int("Value", required: true, in: 1...365)
                _ = last.choice("Unit", LifecyclePolicy.Unit.self, required: true)
            }
        }
    }
}

extension LifecyclePolicy.Filter {
    fileprivate init?(_ reader: MappingReader) {
        let kind = reader.choice("Type", Kind.self, required: true)
        let value = reader.int("Value", required: true, in: 1...1000)
        unit = reader.choice("Unit")
        retainAtLeast = reader.int("RetainAtLeast", in: 1...10)
        if kind == .age, !reader.has("Unit") {
            reader.diagnostics.error(
                at: reader.node.position, "a filter of the type AGE needs '\(reader.spelled("Unit"))'",
                hint: "DAYS, WEEKS, MONTHS or YEARS")
        }
        guard let kind, let value else { return nil }
        self.kind = kind
        self.value = value
    }
}

extension LifecyclePolicy.Selection {
    fileprivate init?(_ reader: MappingReader) {
        let recipes = reader.mappings("Recipes", of: "the recipe of the selection", Recipe.init)
        let tags = reader.texts("TagMap")
        guard reader.has("Recipes") != reader.has("TagMap") else {
            reader.diagnostics.error(
                at: reader.node.position,
                "\(reader.subject) needs either '\(reader.spelled("Recipes"))' or '\(reader.spelled("TagMap"))'")
            return nil
        }
        self = reader.has("Recipes") ? .recipes(recipes) : .tags(tags)
    }
}

extension LifecyclePolicy.Selection.Recipe {
    fileprivate init?(_ reader: MappingReader) {
        let name = reader.string("Name", required: true)
        guard let text = reader.positionedString("SemanticVersion", required: true) else { return nil }
        guard let version = VersionPattern(text.value) else {
            reader.diagnostics.error(
                at: text.position, "'\(text.value)' is not a version of a recipe", hint: "such as 1.0.0 or 1.x.x")
            return nil
        }
        guard let name else { return nil }
        self.name = name
        self.version = version
    }
}
