/// The document of a component or workflow: `Data` inline, or what `Uri` leads to.
extension ResourceReader {
    typealias ReadDocument<Document> = (_ text: String, _ map: PositionMap, _ diagnostics: Diagnostics) -> Document?

    /// - Parameter limit: the most characters that AWS takes inline.
    func document<Document>(limit: Int, _ read: ReadDocument<Document>) -> Document? {
        if let document = resource.outside?.document {
            return read(document.text, .file(document.file), diagnostics)
        }
        let data = properties.value("Data")
        let uri = properties.positionedString("Uri")
        switch (data, uri) {
        case (nil, nil):
            diagnostics.error(
                at: properties.node.position,
                "\(properties.subject) needs '\(properties.spelled("Data"))' or '\(properties.spelled("Uri"))'")
            return nil
        case (.some, let uri?):
            diagnostics.error(
                at: uri.position,
                "\(properties.subject) has both '\(properties.spelled("Data"))' and '\(properties.spelled("Uri"))'",
                hint: "keep one")
            return nil
        case (let data?, nil): return inline(data, limit, read)
        case (nil, let uri?): return loaded(uri, read)
        }
    }

    private func inline<Document>(
        _ data: DocumentNode, _ limit: Int, _ read: ReadDocument<Document>
    ) -> Document? {
        let key = properties.spelled("Data")
        let subject = "'\(key)' of \(properties.subject)"
        if data.entries != nil {
            diagnostics.error(
                at: data.position, "\(subject) must be a text, found a mapping",
                hint: "write '\(key): |' with the document below it")
            return nil
        }
        guard let text = properties.values.string(data, subject) else { return nil }
        if text.unicodeScalars.count > limit {
            diagnostics.error(
                at: data.position, "\(subject) has \(text.unicodeScalars.count) characters; AWS takes \(limit)",
                hint: "put the document into a file and name it with '\(properties.spelled("Uri"))'", rule: .quota)
        }
        if case .block(let file, let firstLine, let indent) = data.layout {
            return read(text, .block(file: file, firstLine: firstLine, indent: indent), diagnostics)
        }
        // Escaped or computed text has no lines in the file: problems are told where it starts, with their own line.
        let inner = Diagnostics()
        let document = read(text, .file("\(data.position.file)#\(resource.logicalID).Data"), inner)
        for found in inner.sorted {
            diagnostics.add(
                Diagnostic(
                    found.severity, at: data.position,
                    "line \(found.position.line), column \(found.position.column) of '\(key)': \(found.message)",
                    hint: found.hint, rule: found.rule))
        }
        return document
    }

    private func loaded<Document>(_ uri: Positioned<String>, _ read: ReadDocument<Document>) -> Document? {
        guard let load = resolver.context.loadComponent else {
            diagnostics.error(at: uri.position, "the document '\(uri.value)' cannot be fetched from here")
            return nil
        }
        do {
            let loaded = try load(uri.value)
            return read(loaded.text, .file(loaded.file), diagnostics)
        } catch let unreachable as TemplateContext.UnreachableDocument {
            diagnostics.error(
                at: uri.position, "the document '\(uri.value)' is not on this machine", hint: unreachable.hint)
        } catch let failure as DocumentFailure {
            diagnostics.add(failure.diagnostics)
        } catch {
            diagnostics.error(at: uri.position, "the document '\(uri.value)' cannot be read: \(error)")
        }
        return nil
    }
}
