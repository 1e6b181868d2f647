/// The service's quotas for components and recipes (AWS General Reference, EC2 Image Builder quotas). Most can be raised
/// for an account, so that a document beyond one is warned of and built all the same.
enum ComponentQuota {
    static let parameters = 25
    /// Characters of a parameter's value.
    static let parameterLength = 1024
    static let componentsOfRecipe = 20
}

extension ComponentParser {
    func checkQuotas(_ parameters: [ComponentParameter]) {
        if parameters.count > ComponentQuota.parameters {
            diagnostics.warning(
                at: parameters[ComponentQuota.parameters].position,
                "the component has \(parameters.count) parameters; Image Builder takes \(ComponentQuota.parameters) unless "
                    + "the quota is raised", rule: .quota)
        }
        for parameter in parameters {
            let count = parameter.defaultValue?.unicodeScalars.count ?? 0
            guard count > ComponentQuota.parameterLength else { continue }
            diagnostics.warning(
                at: parameter.position,
                "the default of the parameter '\(parameter.name)' has \(count) characters; Image Builder takes "
                    + "\(ComponentQuota.parameterLength) unless the quota is raised", rule: .quota)
        }
    }
}
