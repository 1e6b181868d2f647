import Documents
import Store

extension ResourceRequest {
    /// What Get answers with, but for name, version, dates, tags and state: what was given, and what the service adds.
    func document(_ around: Surroundings) throws(APIError) -> [String: JSONValue] {
        switch kind {
        case .component: return try component(around)
        case .workflow: return try workflow(around)
        case .imageRecipe:
            var document = given()
            document["type"] = "AMI"
            document["platform"] = .string(try platform(around))
            return document
        case .containerRecipe: return try containerRecipe(around)
        case .infrastructureConfiguration:
            var document = given(without: "infrastructureConfigurationArn")
            document["terminateInstanceOnFailure"] = self["terminateInstanceOnFailure"] ?? true
            return document
        case .distributionConfiguration: return try distribution()
        case .imagePipeline: return try pipeline(around)
        case .lifecyclePolicy: return try lifecyclePolicy()
        case .image: throw APIError.invalidRequest("An image is built, not made.")
        }
    }

    /// The members without what is said of the request itself, or kept elsewhere.
    func given(without names: String...) -> [String: JSONValue] {
        let own: Set = ["clientToken", "dryRun", "tags", "name", "semanticVersion"]
        return members.filter { !own.contains($0.key) && !names.contains($0.key) }
    }

    /// What is wrong in the text is said of the member that it has come by.
    private func unreadable(_ failure: DocumentFailure) -> APIError {
        let problems = failure.diagnostics.filter { $0.severity == .error }.prefix(10).map(\.description)
        return .invalidValue(
            self["uri"] == nil ? "data" : "uri", "Failed to parse document. Error: \(problems.joined(separator: "; "))")
    }

    private func component(_ around: Surroundings) throws(APIError) -> [String: JSONValue] {
        let text = around.text ?? ""
        let parsed: ComponentDocument
        do {
            let platform = self.text("platform").flatMap { Documents.Platform(rawValue: $0) }
            parsed = try ComponentDocument.parse(text: text, file: self.text("name") ?? "document", platform: platform)
        } catch { throw unreadable(error) }
        let isTest = parsed.phases.map(\.name) == [ComponentPhase.test]
        var document = given(without: "uri", "format")
        document["data"] = .string(text)
        document["type"] = .string(around.type ?? (isTest ? "TEST" : "BUILD"))
        document["encrypted"] = true
        document["obfuscate"] = false
        document["parameters"] = .array(
            parsed.parameters.map { parameter in
                var detail: [String: JSONValue] = ["name": .string(parameter.name), "type": "String"]
                detail["defaultValue"] = parameter.defaultValue.map { [.string($0)] }
                detail["description"] = parameter.description.map { .string($0) }
                return .object(detail)
            })
        return document
    }

    private func workflow(_ around: Surroundings) throws(APIError) -> [String: JSONValue] {
        let text = around.text ?? ""
        let workflow: WorkflowDocument
        do {
            let type = self.text("type").flatMap { WorkflowType(rawValue: $0) }
            workflow = try WorkflowDocument.parse(text: text, file: self.text("name") ?? "document", type: type)
        } catch { throw unreadable(error) }
        var document = given(without: "uri")
        document["data"] = .string(text)
        document["parameters"] = .array(
            workflow.parameters.map { parameter in
                var detail: [String: JSONValue] = [
                    "name": .string(parameter.name), "type": .string(parameter.kind.rawValue),
                ]
                detail["description"] = parameter.description.map { .string($0) }
                detail["defaultValue"] = parameter.defaultTexts.map { .array($0.map { .string($0) }) }
                return .object(detail)
            })
        return document
    }

    private func containerRecipe(_ around: Surroundings) throws(APIError) -> [String: JSONValue] {
        var document = given(without: "dockerfileTemplateUri", "platformOverride", "imageOsVersionOverride")
        if let text = around.text { document["dockerfileTemplateData"] = .string(text) }
        let platform = try platform(around)
        document["platform"] = self["platformOverride"] ?? .string(platform)
        document["encrypted"] = true
        document["instanceImage"] = self["instanceConfiguration"]?["image"]
        return document
    }

    private func distribution() throws(APIError) -> [String: JSONValue] {
        let regions = (self["distributions"]?.elements ?? []).compactMap { $0["region"]?.text }
        guard !regions.isEmpty, Set(regions).count == regions.count else {
            throw APIError.invalidValue("distributions", "There must be one or more regions, each of them once.")
        }
        var document = given(without: "distributionConfigurationArn")
        // The service's own limit; every answer has to have it.
        document["timeoutMinutes"] = 720
        return document
    }

    private func pipeline(_ around: Surroundings) throws(APIError) -> [String: JSONValue] {
        _ = try PipelineSchedule(.object(members))
        var document = given(without: "imagePipelineArn", "status")
        document["enhancedImageMetadataEnabled"] = self["enhancedImageMetadataEnabled"] ?? true
        document["imageTestsConfiguration"] = Handlers.tests(self["imageTestsConfiguration"])
        document["platform"] = around.recipe?["platform"]
        return document
    }
}
