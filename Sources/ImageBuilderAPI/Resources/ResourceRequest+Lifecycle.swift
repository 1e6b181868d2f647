extension ResourceRequest {
    func lifecyclePolicy() throws(APIError) -> [String: JSONValue] {
        let selection = self["resourceSelection"]
        guard (selection?["recipes"] == nil) != (selection?["tagMap"] == nil) else {
            throw APIError.invalidValue("resourceSelection", "Exactly one of 'recipes' and 'tagMap' must be given.")
        }
        let details = self["policyDetails"]?.elements ?? []
        let actions = details.compactMap { $0["action"]?["type"]?.text }
        guard Set(actions).count == actions.count else {
            throw APIError.invalidValue("policyDetails", "There must be one rule at most for each type of action.")
        }
        for (index, detail) in details.enumerated() {
            if let problem = problem(with: detail, isForContainers: text("resourceType") != "AMI_IMAGE") {
                throw APIError.invalidValue("policyDetails[\(index)]", problem)
            }
        }
        return given(without: "lifecyclePolicyArn", "status")
    }

    /// What is wrong with a rule, as the service documents it beyond its shape; nil: nothing.
    private func problem(with detail: JSONValue, isForContainers: Bool) -> String? {
        let (action, filter) = (detail["action"]?["type"]?.text, detail["filter"])
        let include = detail["action"]?["includeResources"]
        func includes(_ name: String) -> Bool { include?[name]?.flag == true }
        if filter?["type"]?.text == "AGE", filter?["unit"] == nil {
            return "A filter of the type AGE must have a 'unit'."
        }
        guard action != "DELETE" else {
            return includes("snapshots") && !includes("amis") ? "Snapshots are included only together with AMIs." : nil
        }
        if isForContainers { return "Container images can be deleted only." }
        if filter?["type"]?.text == "COUNT" { return "A filter of the type COUNT is for the action DELETE only." }
        if includes("snapshots") || includes("containers") { return "\(action ?? "") can include AMIs only." }
        return nil
    }
}
