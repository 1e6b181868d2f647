/// The functions of CloudFormation's template language, by their long names.
enum Intrinsic: String, CaseIterable {
    case ref = "Ref"
    case condition = "Condition"
    case and = "Fn::And"
    case base64 = "Fn::Base64"
    case cidr = "Fn::Cidr"
    case equals = "Fn::Equals"
    case findInMap = "Fn::FindInMap"
    case forEach = "Fn::ForEach"
    case getAtt = "Fn::GetAtt"
    case getAZs = "Fn::GetAZs"
    case `if` = "Fn::If"
    case importValue = "Fn::ImportValue"
    case join = "Fn::Join"
    case length = "Fn::Length"
    case not = "Fn::Not"
    case or = "Fn::Or"
    case select = "Fn::Select"
    case split = "Fn::Split"
    case sub = "Fn::Sub"
    case toJSONString = "Fn::ToJsonString"
    case transform = "Fn::Transform"

    /// The short form in YAML: `!Ref`, `!GetAtt`.
    var tag: String {
        "!" + (rawValue.hasPrefix("Fn::") ? String(rawValue.dropFirst(4)) : rawValue)
    }

    init?(tag: String) {
        guard let match = Intrinsic.allCases.first(where: { $0.tag == tag }) else { return nil }
        self = match
    }

    /// `!GetAtt A.B` and `Fn::GetAtt: A.B` are `Fn::GetAtt: [A, B]`; the others keep their argument.
    func longForm(of argument: DocumentNode) -> DocumentNode {
        guard self == .getAtt, case .string(let path) = argument.value, let dot = path.firstIndex(of: ".") else {
            return argument
        }
        let parts = [String(path[..<dot]), String(path[path.index(after: dot)...])]
        return DocumentNode(
            .sequence(parts.map { DocumentNode(.string($0), at: argument.position) }), at: argument.position)
    }

    /// Whether a mapping is a call: a single key that is a function's name.
    static func call(_ node: DocumentNode) -> (function: Intrinsic, argument: DocumentNode, position: SourcePosition)? {
        guard case .mapping(let entries) = node.value, entries.count == 1, let entry = entries.first,
            let function = Intrinsic(rawValue: entry.key)
        else { return nil }
        return (function, function.longForm(of: entry.value), node.position)
    }
}
