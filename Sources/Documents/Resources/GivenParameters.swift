/// `Parameters: [{Name: …, Value: […]}]`, as a recipe gives them to a component and a pipeline to a workflow.
struct GivenParameters {
    /// Without those whose values are not known or not well-formed.
    private(set) var values: [String: [String]] = [:]
    /// Of the names of all that are given.
    private(set) var places: [String: SourcePosition] = [:]

    /// - Parameter subject: how messages call one of them.
    init(_ reader: MappingReader, of subject: String) {
        for (name, value) in reader.mappings("Parameters", of: subject, Self.read) {
            guard let value else {
                // It is given, whatever its value turns out to be.
                places[name.value] = places[name.value] ?? name.position
                continue
            }
            if values.updateValue(value, forKey: name.value) != nil {
                reader.diagnostics.error(at: name.position, "the parameter '\(name.value)' is given twice")
            }
            places[name.value] = name.position
        }
    }

    private static func read(_ parameter: MappingReader) -> (name: Positioned<String>, value: [String]?)? {
        let name = parameter.positionedString("Name", required: true)
        let value = parameter.strings("Value", required: true)
        return name.map { ($0, value) }
    }
}
