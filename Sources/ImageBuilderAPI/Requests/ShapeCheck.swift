/// Holds a value against a shape of the contract.
struct ShapeCheck: Sendable {
    let contract: Contract

    /// The value without members that the shape does not know, which the service ignores, and without nulls.
    ///
    /// - Parameter path: of the value in the request, as in "components[0].componentArn"; empty for the request.
    func checked(_ value: JSONValue, _ name: String, at path: String = "") throws(APIError) -> JSONValue {
        guard let shape = contract.shapes[name] else { return value }
        switch shape {
        case .structure(let structure): return .object(try members(value, structure, path))
        case .list(let size, let element):
            guard let elements = value.elements else { throw mismatch(path, "a list") }
            try check(elements.count, size, path, "elements")
            var list: [JSONValue] = []
            for (index, entry) in elements.enumerated() {
                guard entry != .null else { throw APIError.invalidValue("\(path)[\(index)]", "It must not be null.") }
                list.append(try checked(entry, element, at: "\(path)[\(index)]"))
            }
            return .array(list)
        case .map(let size, let key, let valueName):
            guard let entries = value.members else { throw mismatch(path, "an object") }
            try check(entries.count, size, path, "entries")
            var map: [String: JSONValue] = [:]
            for (entry, content) in entries.sorted(by: { $0.key < $1.key }) {
                _ = try checked(.string(entry), key, at: "\(path) (key)")
                map[entry] = try checked(content, valueName, at: "\(path).\(entry)")
            }
            return .object(map)
        case .string(let limits):
            guard let text = value.text else { throw mismatch(path, "a string") }
            try check(text, limits, path)
        case .integer(let limits):
            guard let number = value.integer else { throw mismatch(path, "an integer") }
            try check(Double(number), limits, path)
            return .integer(Int64(number))
        case .double(let limits):
            guard let number = Self.number(value) else { throw mismatch(path, "a number") }
            try check(number, limits, path)
        case .boolean:
            guard value.flag != nil else { throw mismatch(path, "a boolean") }
        case .timestamp:
            // Far enough for any date that is meant, and near enough for every calendar.
            guard let seconds = Self.number(value), (0...253_402_300_799).contains(seconds) else {
                throw mismatch(path, "seconds since 1970 as a number")
            }
        }
        return value
    }

    private func members(
        _ value: JSONValue, _ structure: Shape.Structure, _ path: String
    ) throws(APIError) -> [String: JSONValue] {
        guard let given = value.members else { throw mismatch(path, "an object") }
        for name in structure.required where (given[name] ?? .null) == .null {
            throw APIError.invalidValue(Self.member(name, of: path), "'\(name)' must not be null.")
        }
        var members: [String: JSONValue] = [:]
        for (name, content) in given.sorted(by: { $0.key < $1.key }) where content != .null {
            guard let shape = structure.members[name] else { continue }
            members[name] = try checked(content, shape, at: Self.member(name, of: path))
        }
        return members
    }

    private static func member(_ name: String, of path: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private static func number(_ value: JSONValue) -> Double? {
        switch value {
        case .integer(let number): Double(number)
        case .number(let number): number
        default: nil
        }
    }

    private func mismatch(_ path: String, _ expected: String) -> APIError {
        path.isEmpty
            ? .invalidRequest("The request's body must be \(expected).")
            : .invalidValue(path, "'\(path)' must be \(expected).")
    }

    private func check(_ count: Int, _ size: Shape.SizeLimits, _ path: String, _ unit: String) throws(APIError) {
        if let minimum = size.minimum, count < minimum {
            throw APIError.invalidValue(path, "'\(path)' must have \(minimum) or more \(unit).")
        }
        if let maximum = size.maximum, count > maximum {
            throw APIError.invalidValue(path, "'\(path)' must have \(maximum) or fewer \(unit); it has \(count).")
        }
    }

    private func check(_ number: Double, _ limits: Shape.NumberLimits, _ path: String) throws(APIError) {
        if let minimum = limits.minimum, number < minimum {
            throw APIError.invalidValue(path, "'\(path)' must be \(Int64(minimum)) or more.")
        }
        if let maximum = limits.maximum, number > maximum {
            throw APIError.invalidValue(path, "'\(path)' must be \(Int64(maximum)) or less.")
        }
    }

    private func check(_ text: String, _ limits: Shape.StringLimits, _ path: String) throws(APIError) {
        try check(text.unicodeScalars.count, limits.size, path, "characters")
        // The store's texts end at it: what is behind it would be lost without a word.
        guard !text.utf8.contains(0) else { throw APIError.invalidValue(path, "'\(path)' must not contain U+0000.") }
        if let pattern = limits.pattern, !pattern.matches(text) {
            throw APIError.invalidValue(path, "'\(path)' must match pattern \(pattern.text)")
        }
        if !limits.words.isEmpty, !limits.words.contains(text) {
            throw APIError.invalidValue(path, "'\(path)' must be one of: \(limits.words.joined(separator: ", ")).")
        }
    }
}
