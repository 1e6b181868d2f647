extension ImageBuilderARN {
    /// That a resource which documents name is neither one of theirs nor to be had on this machine.
    ///
    /// - Parameters:
    ///   - isBuilt: whether it is needed now. Where documents are only checked, they may be right: for AWS.
    ///   - hint: what was probably meant; nil: how the resource is brought here.
    func missing(at position: SourcePosition, isBuilt: Bool, hint: String?, rule: Rule) -> Diagnostic {
        let what = type.rawValue.replacing("-", with: " ")
        return Diagnostic(
            isBuilt ? .error : .warning, at: position,
            isBuilt
                ? "the \(what) '\(self)' is neither in the template nor on this machine"
                : "the \(what) '\(self)' is not on this machine: kiln build will need it",
            hint: hint ?? wayHere, rule: rule)
    }

    private var wayHere: String {
        guard type == .component else { return "add it to the template, or register it: kiln apply" }
        guard isManaged else { return "name its document under 'components' of kiln.yaml, or register it: kiln apply" }
        let version = version?.exact?.description ?? "VERSION"
        let exact = ImageBuilderARN(partition: partition, region: region, account: account, type: type, name: name)
        return "name its document under 'components' of kiln.yaml: aws imagebuilder get-component "
            + "--component-build-version-arn \(exact)/\(version)/\(build ?? 1) --query component.data --output text > FILE"
    }
}
