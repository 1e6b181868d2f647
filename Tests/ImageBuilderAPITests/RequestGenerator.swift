import SeededNumbers

@testable import ImageBuilderAPI

/// Makes inputs of operations from the contract's shapes: such as fit, and such as do not.
struct RequestGenerator {
    var random: SeededGenerator
    /// ARNs of what is there, so that some requests find something.
    var known: [String]
    private let contract = Contract.current

    init(seed: UInt64, known: [String]) {
        random = SeededGenerator(seed: seed)
        self.known = known
    }

    mutating func input(of operation: Contract.Operation, broken: Bool) -> JSONValue {
        var value = value(of: operation.input, depth: 0)
        if broken {
            for _ in 0..<Int.random(in: 1...3, using: &random) { value = spoiled(value) }
        }
        return value
    }

    private mutating func value(of name: String, depth: Int) -> JSONValue {
        switch contract.shapes[name] {
        case .structure(let structure):
            var members: [String: JSONValue] = [:]
            for (member, shape) in structure.members.sorted(by: { $0.key < $1.key }) {
                // A token of no list is always refused.
                let chance: UInt64 = member == "nextToken" ? 16 : 2
                guard structure.required.contains(member) || (depth < 5 && random.next() % chance == 0) else {
                    continue
                }
                members[member] = value(of: shape, depth: depth + 1)
            }
            return .object(members)
        case .list(let size, let element):
            let least = size.minimum ?? 0
            let count = Int.random(in: least...max(least, min(size.maximum ?? 3, least + 2)), using: &random)
            return .array((0..<count).map { _ in value(of: element, depth: depth + 1) })
        case .map(_, _, let content):
            return .object(["key\(random.next() % 5)": value(of: content, depth: depth + 1)])
        case .string(let limits): return .string(text(name, limits))
        case .integer(let limits):
            let least = Int64(limits.minimum ?? 0)
            return .integer(Int64.random(in: least...max(least, Int64(limits.maximum ?? 1000)), using: &random))
        case .double: return .number(0.5)
        case .boolean: return .bool(random.next() % 2 == 0)
        case .timestamp: return .integer(Int64(random.next() % 4_000_000_000))
        case nil: return .null
        }
    }

    private mutating func text(_ name: String, _ limits: Shape.StringLimits) -> String {
        if let word = limits.words.randomElement(using: &random) { return word }
        // One that was used for something else is refused, which hides what else would be.
        if name == "ClientToken", random.next() % 8 != 0 { return "token-\(random.next())" }
        if name == "FilterName" { return "name" }
        // Patterns tell who wants which; what is there comes first, or hardly anything would be found.
        let fitting = [known, Self.samples].map { $0.filter { Self.fits($0, limits) } }.filter { !$0.isEmpty }
        let isFirst = random.next() % 4 != 0
        return (isFirst ? fitting.first : fitting.last)?.randomElement(using: &random) ?? "a name"
    }

    private static func fits(_ text: String, _ limits: Shape.StringLimits) -> Bool {
        let count = text.unicodeScalars.count
        return count >= limits.size.minimum ?? 0 && count <= limits.size.maximum ?? .max
            && limits.pattern?.matches(text) ?? true
    }

    static let samples = [
        "name", "a", "1.0.0", "2.1.x", "x.x.x", "ENABLED", "é😀", "debian-12", "ami-0123456789abcdef0",
        "s3://bucket/key",
        "file:///etc/passwd", "cron(0 3 * * ? *)", "rate(1 day)", "eu-central-1", "Europe/Berlin",
        "schemaVersion: 1.0\nphases: [{name: build, steps: [{name: a, action: ExecuteBash, inputs: {commands: [ls]}}]}]",
        "{\"Statement\":[]}", "lt-0123456789abcdef0", "123456789012", "string", "optional", "UTF8==",
        "lce-01234567-0123-0123-0123-0123456789ab", "wf-01234567-0123-0123-0123-0123456789ab",
        "step-01234567-0123-0123-0123-0123456789ab", "arn:aws:iam::123456789012:role/r",
        "arn:aws:sns:us-east-1:123456789012:t", "arn:aws:imagebuilder:us-east-1:123456789012:component/none/1.0.0/1",
        "arn:aws:imagebuilder:us-east-1:123456789012:image/none/1.0.0/1",
        "arn:aws:imagebuilder:us-east-1:aws:component/update-linux/x.x.x",
        "arn:aws:imagebuilder:us-east-1:123456789012:image-recipe/none/1.x.x",
        "arn:aws:imagebuilder:us-east-1:123456789012:infrastructure-configuration/none",
        "arn:aws:imagebuilder:us-east-1:123456789012:distribution-configuration/none",
        "arn:aws:imagebuilder:us-east-1:123456789012:image-pipeline/none",
        "arn:aws:imagebuilder:us-east-1:123456789012:lifecycle-policy/none",
        "arn:aws:imagebuilder:us-east-1:123456789012:workflow/build/none/1.0.0/1",
        "arn:aws:imagebuilder:us-east-1:123456789012:container-recipe/none/1.0.0",
    ]

    /// As deep as the parser takes it.
    private func deep(_ value: JSONValue) -> JSONValue {
        (0..<50).reduce(value) { inner, level in level % 2 == 0 ? .array([inner]) : .object(["a": inner]) }
    }

    /// One place of the value made wrong, or strange.
    private mutating func spoiled(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(var members):
            guard let key = members.keys.sorted().randomElement(using: &random), random.next() % 8 != 0 else {
                return junk()
            }
            switch random.next() % 4 {
            case 0: members[key] = nil
            case 1: members[key] = junk()
            default: members[key] = members[key].map { spoiled($0) }
            }
            return .object(members)
        case .array(var elements):
            guard !elements.isEmpty, random.next() % 3 != 0 else { return junk() }
            elements[0] = spoiled(elements[0])
            return .array(elements)
        default: return junk()
        }
    }

    private mutating func junk() -> JSONValue {
        let values: [JSONValue] = [
            .null, .bool(true), .integer(-1), .integer(.max), .number(1.5), "", "\u{0}", "a/../b", "%00", [], [:],
            [.null], ["": ""], .string(String(repeating: "x", count: 70_000)), "arn:aws:imagebuilder:::component/",
            "arn:aws:imagebuilder:us-east-1:123456789012:component/a/99999999999999999999.0.0",
            "' OR 1=1 --", "{{ x }}", "\u{202E}\u{FEFF}", .integer(.min), .number(1e300), .number(-0.0), .number(1e18),
            "a\u{0}b", "e\u{301}", "\u{FFFF}\u{10FFFF}", .string(String(repeating: "é", count: 1025)), "arn:aws", "\n",
            ["name": "name"], [["name": "name", "values": ["a"]]], deep(.null), deep(["a": []]),
        ]
        return values.randomElement(using: &random) ?? .null
    }
}
