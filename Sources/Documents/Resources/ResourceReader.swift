/// A resource being read: its properties, computed, with the checks that several types share.
struct ResourceReader {
    let resource: TemplateResource
    let properties: MappingReader
    let resolver: TemplateResolver

    var diagnostics: Diagnostics { properties.diagnostics }
    var arn: ImageBuilderARN? { resolver.identity(of: resource) }

    /// `Name`, which every type has.
    func name() -> String? {
        guard let name = properties.positionedString("Name", required: true) else { return nil }
        let letters = name.value.utf8.allSatisfy {
            switch $0 {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: " "): true
            default: false
            }
        }
        let blankEnds = name.value.hasPrefix(" ") || name.value.hasSuffix(" ")
        if !letters || blankEnds || !(3...128).contains(name.value.count) {
            diagnostics.error(
                at: name.position, "'\(name.value)' cannot be the name of \(properties.subject)",
                hint: "3 to 128 letters, digits, -, _ and inner blanks")
        }
        return name.value
    }

    /// `Version`. A recipe's may end in wildcards; it is then the next one, which its ARN already has.
    func version(allowsWildcards: Bool = false) -> SemanticVersion? {
        guard let text = properties.positionedString("Version", required: true) else { return nil }
        if allowsWildcards, VersionPattern(text.value) != nil { return arn?.version?.exact }
        guard let version = SemanticVersion(text.value) else {
            let short = text.value.split(separator: ".").allSatisfy { Int($0) != nil }
            diagnostics.error(
                at: text.position, "'\(text.value)' is not a version of \(properties.subject)",
                hint: short && text.value.split(separator: ".").count < 3
                    ? "expected three numbers: \(padded(text.value))" : "expected three numbers: 1.0.0")
            return nil
        }
        return version
    }

    private func padded(_ text: String) -> String {
        (text.split(separator: ".") + ["0", "0", "0"]).prefix(3).joined(separator: ".")
    }

    /// A text of 1 to 1,024 characters, as descriptions and many names are.
    func text(_ key: String, required: Bool = false, most: Int = 1024) -> String? {
        guard let text = properties.positionedString(key, required: required) else { return nil }
        if !(1...most).contains(text.value.unicodeScalars.count) {
            diagnostics.error(
                at: text.position,
                "'\(properties.spelled(key))' of \(properties.subject) must have 1 to \(most) characters, found \(text.value.count)"
            )
        }
        return text.value
    }

    /// What AWS sets, which a template cannot.
    func readOnly(_ keys: String...) {
        for key in keys where properties.has(key) {
            diagnostics.error(
                at: properties.keyPosition(key),
                "'\(properties.spelled(key))' of \(properties.subject) is set by AWS, not by a template")
        }
        for key in keys { properties.skip(key) }
    }

    /// What is valid in CloudFormation and changes nothing here.
    func unused(_ keys: String...) {
        for key in keys {
            if properties.has(key) {
                diagnostics.warning(
                    at: properties.keyPosition(key),
                    "'\(properties.spelled(key))' of \(properties.subject) is not used by Kiln yet")
            }
            properties.skip(key)
        }
    }
}

extension MappingReader {
    /// An account ID of 12 digits.
    func accountID(_ key: String) -> String? {
        value(key).flatMap(accountID)
    }

    func accountIDs(_ key: String) -> [String] {
        (list(key) ?? []).compactMap(accountID)
    }

    private func accountID(_ node: DocumentNode) -> String? {
        guard let text = values.string(node, "an account ID") else { return nil }
        if !ImageBuilderARN.isAccountID(text) {
            diagnostics.error(at: node.position, "'\(text)' is not an account ID of 12 digits")
        }
        return text
    }
}
