extension Contract {
    /// What `fixtures/contract.py` writes.
    struct Malformed: Error {
        let name: String
    }

    init(parsing text: String) throws {
        let root = try JSONParser.parse(Array(text.utf8))
        var operations: [String: Operation] = [:]
        for (name, entry) in root["operations"]?.members ?? [:] {
            guard let parts = entry.elements, parts.count == 5, let errors = parts[4].elements else {
                throw Malformed(name: name)
            }
            let words = parts.prefix(4).compactMap(\.text)
            guard words.count == 4 else { throw Malformed(name: name) }
            operations[name] = Operation(
                name: name, method: words[0], path: words[1], input: words[2], output: words[3],
                errors: Set(errors.compactMap(\.text).map { $0 + "Exception" }))
        }
        var shapes: [String: Shape] = [:]
        for (name, entry) in root["shapes"]?.members ?? [:] {
            shapes[name] = try Self.shape(name, entry.elements ?? [])
        }
        self.operations = operations
        self.shapes = shapes
        errors = (root["errors"]?.members ?? [:]).compactMapValues(\.integer)
    }

    private static func shape(_ name: String, _ parts: [JSONValue]) throws -> Shape {
        guard let kind = parts.first?.text, parts.count >= 2 else { throw Malformed(name: name) }
        let limits = parts[1]
        let size = Shape.SizeLimits(minimum: limits["min"]?.integer, maximum: limits["max"]?.integer)
        let number = Shape.NumberLimits(minimum: size.minimum.map(Double.init), maximum: size.maximum.map(Double.init))
        switch (kind, parts.count) {
        case ("structure", 4):
            return .structure(
                Shape.Structure(
                    members: limits.texts, required: (parts[2].elements ?? []).compactMap(\.text),
                    places: try parts[3].texts.mapValues { try place(name, $0) }))
        case ("string", 2):
            return .string(
                Shape.StringLimits(
                    size: size, pattern: try (limits["pattern"]?.text).map(Shape.Pattern.init),
                    words: (limits["enum"]?.elements ?? []).compactMap(\.text)))
        case ("integer", 2), ("long", 2): return .integer(number)
        case ("double", 2): return .double(number)
        case ("boolean", 2): return .boolean
        case ("timestamp", 2): return .timestamp
        case ("list", 3): return .list(size, element: parts[2].text ?? "")
        case ("map", 4): return .map(size, key: parts[2].text ?? "", value: parts[3].text ?? "")
        default: throw Malformed(name: name)
        }
    }

    private static func place(_ name: String, _ text: String) throws -> Shape.Place {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        switch (parts.first, parts.last) {
        case ("header", let word?): return .header(word)
        case ("uri", let word?): return .uri(word)
        case ("query", let word?): return .query(word)
        default: throw Malformed(name: name)
        }
    }
}
