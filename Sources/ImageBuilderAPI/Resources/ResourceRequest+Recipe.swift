import Store

extension ResourceRequest {
    /// The platform that a recipe's components and its parent are for, if they go together.
    func platform(_ around: Surroundings) throws(APIError) -> String {
        var platforms: Set<String> = []
        for (index, entry) in (self["components"]?.elements ?? []).enumerated() where index < around.components.count {
            let component = around.components[index]
            guard component != .null else { continue }
            if let platform = component["platform"]?.text { platforms.insert(platform) }
            try check(entry["parameters"], against: component["parameters"], at: "components[\(index)].parameters")
        }
        if let platform = around.parent?["platform"]?.text { platforms.insert(platform) }
        guard platforms.count <= 1 else {
            throw APIError.invalidValue(
                "components",
                "A recipe's components and its parent must be for one platform; these are for "
                    + "\(platforms.sorted().joined(separator: " and ")).")
        }
        return platforms.first ?? "Linux"
    }

    /// Parameters that a recipe gives a component: those that it has, and all that have no default.
    private func check(_ given: JSONValue?, against known: JSONValue?, at path: String) throws(APIError) {
        let names = Set((given?.elements ?? []).compactMap { $0["name"]?.text })
        let parameters = known?.elements ?? []
        if let unknown = names.subtracting(parameters.compactMap { $0["name"]?.text }).sorted().first {
            throw APIError.invalidValue(path, "The component has no parameter '\(unknown)'.")
        }
        for parameter in parameters where parameter["defaultValue"] == nil {
            guard let name = parameter["name"]?.text, !names.contains(name) else { continue }
            throw APIError.invalidValue(path, "The component's parameter '\(name)' has no default and must be given.")
        }
    }
}
