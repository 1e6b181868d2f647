import Yams

/// Turns the parser's tree into ours: typed scalars, unique text keys, long forms of intrinsics, bounded.
struct NodeBuilder {
    let reader: DocumentReader
    let lines: SourceLines
    /// The document is not usable; what is wrong has been reported.
    private(set) var failed = false
    private var count = 0
    private var anchored: Set<TextPlace> = []
    private var toldOfAliases = false

    init(reader: DocumentReader, lines: SourceLines) {
        self.reader = reader
        self.lines = lines
    }

    mutating func build(_ node: Yams.Node, depth: Int) -> DocumentNode {
        let place = TextPlace(node.mark)
        let position = reader.map.position(place)
        guard !failed else { return DocumentNode(.null, at: position) }
        count += 1
        guard count <= DocumentReader.maximumNodes else {
            return fail(at: position, "the document holds more than \(DocumentReader.maximumNodes) values")
        }
        guard depth <= DocumentReader.maximumDepth else {
            return fail(at: position, "the document nests deeper than \(DocumentReader.maximumDepth) levels")
        }
        noteAlias(node, at: position, place)
        switch node {
        case .scalar(let scalar):
            return build(scalar, at: position, place)
        case .sequence(let sequence):
            let value = DocumentNode(.sequence(sequence.map { build($0, depth: depth + 1) }), at: position)
            return tagged(value, with: sequence.tag.rawValue, core: "tag:yaml.org,2002:seq")
        case .mapping(let mapping):
            let entries = mapping.compactMap { entry(key: $0.key, value: $0.value, depth: depth) }
            let value = DocumentNode(.mapping(entries), at: position)
            return tagged(value, with: mapping.tag.rawValue, core: "tag:yaml.org,2002:map")
        case .alias:
            return fail(at: position, "an alias without its anchor")
        }
    }

    private mutating func build(_ scalar: Yams.Node.Scalar, at position: SourcePosition, _ place: TextPlace)
        -> DocumentNode
    {
        let text = scalar.string
        let layout = lines.layout(of: text, line: place.line, column: place.column, map: reader.map)
        let tag = scalar.tag.rawValue
        let isPlain = scalar.style == .plain || scalar.style == .any
        switch tag {
        case "" where isPlain,
            "tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null":
            return DocumentNode(ScalarType.value(ofPlain: text), at: position, text: text, layout: layout)
        default:
            let value = DocumentNode(.string(text), at: position, layout: layout)
            return tagged(value, with: tag, core: "tag:yaml.org,2002:str")
        }
    }

    private mutating func entry(key: Yams.Node, value: Yams.Node, depth: Int) -> DocumentNode.Entry? {
        let position = reader.map.position(TextPlace(key.mark))
        guard case .scalar(let scalar) = key else {
            _ = fail(
                at: position, "a mapping key must be a name, found \(key.mapping == nil ? "a list" : "a mapping")",
                hint: "a text that starts with {{ must be quoted: '{{ name }}'")
            return nil
        }
        let isPlain = scalar.style == .plain || scalar.style == .any
        if isPlain, scalar.string == "<<" {
            _ = fail(at: position, "YAML merge keys (<<) are not part of these documents", hint: "write the keys out")
            return nil
        }
        if isPlain, ScalarType.value(ofPlain: scalar.string) == .null {
            _ = fail(at: position, "a mapping key is missing")
            return nil
        }
        return DocumentNode.Entry(
            key: scalar.string, keyPosition: position, value: build(value, depth: depth + 1))
    }

    /// Applies a tag: intrinsics in templates, nothing else.
    private mutating func tagged(_ node: DocumentNode, with tag: String, core: String) -> DocumentNode {
        if tag.isEmpty || tag == "!" || tag == core { return node }
        guard tag.hasPrefix("!") else {
            return fail(at: node.position, "the YAML type \(tag.split(separator: ":").last ?? "") has no meaning here")
        }
        guard reader.dialect == .template else {
            return fail(
                at: node.position, "the tag \(tag) has no meaning here", hint: "quote a text that starts with !")
        }
        guard let intrinsic = Intrinsic(tag: tag) else {
            let tags = Intrinsic.allCases.map(\.tag)
            reader.diagnostics.error(
                at: node.position, "unknown function \(tag)", hint: Suggestion.hint(for: tag, in: tags, listing: 0),
                rule: .syntax)
            return DocumentNode(.unresolved, at: node.position)
        }
        let entry = DocumentNode.Entry(
            key: intrinsic.rawValue, keyPosition: node.position, value: intrinsic.longForm(of: node))
        return DocumentNode(.mapping([entry]), at: node.position)
    }

    /// CloudFormation refuses aliases, so a template with them would not deploy.
    private mutating func noteAlias(_ node: Yams.Node, at position: SourcePosition, _ place: TextPlace) {
        guard node.anchor != nil, !anchored.insert(place).inserted else { return }
        guard reader.dialect == .template, !toldOfAliases else { return }
        toldOfAliases = true
        reader.diagnostics.warning(
            at: position, "this value is used again through a YAML alias, which CloudFormation does not take",
            hint: "write the value out where it is used", rule: .syntax)
    }

    private mutating func fail(at position: SourcePosition, _ message: String, hint: String? = nil) -> DocumentNode {
        reader.diagnostics.error(at: position, message, hint: hint, rule: .syntax)
        failed = true
        return DocumentNode(.unresolved, at: position)
    }
}
