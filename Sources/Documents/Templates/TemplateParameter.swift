/// An entry of `Parameters`.
public struct TemplateParameter: Sendable {
    public enum Kind: Sendable, Hashable {
        case string
        case number
        /// Texts with commas between them.
        case list
        case numberList
        /// The value names a parameter of the Systems Manager Parameter Store; a reference gives that one's value.
        case systemsManager(list: Bool)
    }

    public let name: String
    /// As written: `String`, `AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>`.
    public let type: String
    public let kind: Kind
    public let description: String?
    public let defaultValue: String?
    public let allowedValues: [String]
    public let allowedPattern: String?
    public let constraintDescription: String?
    public let lengths: ClosedRange<Int>
    public let numbers: ClosedRange<Double>
    /// `NoEcho`: the value is never shown.
    public let isSecret: Bool
    public let position: SourcePosition
}

extension TemplateParameter.Kind {
    /// Nil for a type CloudFormation does not have.
    init?(type: String) {
        switch type {
        case "String", "AWS::SSM::Parameter::Name": self = .string
        case "Number": self = .number
        case "CommaDelimitedList": self = .list
        case "List<Number>": self = .numberList
        default:
            if let inner = type.inside("AWS::SSM::Parameter::Value<") {
                self = .systemsManager(list: inner.hasPrefix("List<") || inner == "CommaDelimitedList")
            } else if type.inside("List<")?.hasPrefix("AWS::") ?? false {
                self = .list
            } else if type.hasPrefix("AWS::"), type.hasSuffix("::Id") || type.hasSuffix("Name") {
                self = .string
            } else {
                return nil
            }
        }
    }
}

extension String {
    /// What stands between `prefix` and a closing `>`.
    fileprivate func inside(_ prefix: String) -> String? {
        guard hasPrefix(prefix), hasSuffix(">") else { return nil }
        return String(dropFirst(prefix.count).dropLast())
    }
}
