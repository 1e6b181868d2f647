import Documents

extension ResolvedTemplate {
    /// What must not be readable in what is stored of it: values of `NoEcho` parameters, of secret parameters of components,
    /// and stored parameters that are secret.
    ///
    /// - Parameter file: what `kiln.yaml` says.
    func secrets(file: KilnSettings.Layer) -> Set<String> {
        let all = (pipelines + images).map { settings(for: $0, file: file) } + [KilnSettings([file, kiln])]
        var secrets = self.secrets
        for settings in all { secrets.formUnion(settings.storedParameters.values.filter(\.isSecret).map(\.value)) }
        let names = all.reduce(into: Set<String>()) { $0.formUnion($1.secretParameters) }
        for use in recipes.flatMap(\.components) {
            for (name, values) in use.parameters where names.contains(name) { secrets.formUnion(values) }
        }
        for component in components { secrets.formUnion(component.document.values(of: names, given: [:])) }
        return secrets.subtracting([""])
    }
}
