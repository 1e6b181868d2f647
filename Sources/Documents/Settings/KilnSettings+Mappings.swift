extension KilnSettings.Layer {
    /// A mapping of origins to folders.
    static func origins(_ node: DocumentNode, _ reader: MappingReader) -> [KilnSettings.OriginFolder]? {
        guard let entries = node.entries else {
            if !node.isUnresolved {
                reader.values.mismatch(node, "'origins' of \(reader.subject)", "a mapping of origins to folders")
            }
            return nil
        }
        return entries.compactMap { entry in
            if !isOrigin(entry.key) {
                reader.diagnostics.error(
                    at: entry.keyPosition, "a folder cannot stand for '\(entry.key)'",
                    hint: "s3://BUCKET, s3://BUCKET/PREFIX or https://HOST/PATH")
            }
            guard let folder = reader.values.string(entry.value, "the folder of '\(entry.key)'") else { return nil }
            if folder.isEmpty {
                reader.diagnostics.error(at: entry.value.position, "the folder of '\(entry.key)' is empty")
            }
            return KilnSettings.OriginFolder(origin: entry.key, folder: Positioned(folder, at: entry.value.position))
        }
    }

    /// Whether a text begins as an origin does and goes on with a bucket or a host.
    private static func isOrigin(_ text: String) -> Bool {
        ["s3://", "https://", "http://"].contains { scheme in
            guard text.lowercased().hasPrefix(scheme) else { return false }
            let rest = text.dropFirst(scheme.count)
            return !rest.prefix { $0 != "/" }.isEmpty && !rest.contains { "?#@ ".contains($0) }
        }
    }

    /// A mapping of components to their documents.
    static func componentFiles(_ node: DocumentNode, _ reader: MappingReader) -> [KilnSettings.ComponentFile]? {
        guard let entries = node.entries else {
            if !node.isUnresolved {
                reader.values.mismatch(node, "'components' of \(reader.subject)", "a mapping of components to files")
            }
            return nil
        }
        return entries.compactMap { entry in
            var pattern: ComponentPattern?
            do throws(InvalidReference) { pattern = try ComponentPattern(entry.key) } catch {
                reader.diagnostics.error(
                    at: entry.keyPosition, error.description,
                    hint: "such as arn:aws:imagebuilder:*:aws:component/NAME/x.x.x, or NAME")
            }
            guard let file = reader.values.string(entry.value, "the document of '\(entry.key)'"), let pattern else {
                return nil
            }
            if file.isEmpty {
                reader.diagnostics.error(at: entry.value.position, "the document of '\(entry.key)' is empty")
            }
            return KilnSettings.ComponentFile(pattern: pattern, file: Positioned(file, at: entry.value.position))
        }
    }

    /// A mapping of the Parameter Store's names to their values: a text, or a mapping of `value` and `secret`.
    static func storedParameters(
        _ node: DocumentNode, _ reader: MappingReader
    ) -> [String: KilnSettings.StoredParameter]? {
        guard let entries = node.entries else {
            if !node.isUnresolved {
                reader.values.mismatch(node, "'ssm' of \(reader.subject)", "a mapping of names to values")
            }
            return nil
        }
        var parameters: [String: KilnSettings.StoredParameter] = [:]
        for entry in entries {
            let subject = "the parameter '\(entry.key)'"
            if entry.value.entries == nil {
                guard let text = reader.values.string(entry.value, subject) else { continue }
                parameters[entry.key] = KilnSettings.StoredParameter(value: text, isSecret: false)
            } else if let parameter = MappingReader(entry.value, subject, reader.values) {
                defer { parameter.finish() }
                let (value, secret) = (parameter.string("value", required: true), parameter.bool("secret"))
                parameters[entry.key] = value.map { .init(value: $0, isSecret: secret ?? false) }
            }
        }
        return parameters
    }

    /// A mapping of components to how long they are kept.
    static func policies(_ node: DocumentNode, _ reader: MappingReader) -> [String: CachePolicy]? {
        guard let entries = node.entries else {
            if !node.isUnresolved {
                reader.values.mismatch(node, "'components' of \(reader.subject)", "a mapping of components to times")
            }
            return nil
        }
        var policies: [String: CachePolicy] = [:]
        for entry in entries {
            guard let text = reader.values.string(entry.value, "'\(entry.key)' of 'components'") else { continue }
            if let policy = CachePolicy(text) {
                policies[entry.key] = policy
            } else {
                reader.diagnostics.error(
                    at: entry.value.position, "'\(text)' does not say how long '\(entry.key)' is kept",
                    hint: "never, always, or a time such as 12h or 7d")
            }
        }
        return policies
    }
}
