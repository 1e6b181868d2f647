/// What a recipe's `ParentImage` may be.
public enum ParentReference: Sendable, Hashable, CustomStringConvertible {
    /// An Image Builder image, Amazon's or built earlier.
    case image(ImageBuilderARN)
    case ami(String)
    /// The name of a Systems Manager parameter that holds an AMI ID, without `ssm:`.
    case systemsManager(String)
    /// A local image by its name; AWS would not know it.
    case name(String)

    /// Reads `ParentImage`, CloudFormation's dynamic reference `{{resolve:ssm:NAME}}` included.
    public init(_ text: String) throws(InvalidReference) {
        if let name = Self.dynamicReference(text) {
            self = .systemsManager(name)
        } else if text.hasPrefix("arn:") {
            let arn = try ImageBuilderARN(text)
            guard arn.type == .image else {
                throw InvalidReference(description: "'\(text)' names \(arn.type.phrase), expected an image")
            }
            self = .image(arn)
        } else if text.hasPrefix("ami-") {
            let digits = text.dropFirst(4)
            guard [8, 17].contains(digits.count), digits.allSatisfy({ $0.isHexDigit && !$0.isUppercase }) else {
                throw InvalidReference(description: "'\(text)' is not an AMI ID: expected ami- and 8 or 17 hex digits")
            }
            self = .ami(text)
        } else if text.hasPrefix("ssm:") {
            let name = String(text.dropFirst(4))
            guard !name.isEmpty else { throw InvalidReference(description: "'ssm:' is followed by no parameter name") }
            self = .systemsManager(name)
        } else {
            let allowed = text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
            guard !text.isEmpty, allowed else {
                throw InvalidReference(
                    description:
                        "'\(text)' is no parent image: expected an image ARN, an AMI ID, ssm:NAME, or the name "
                        + "of a local image")
            }
            self = .name(text)
        }
    }

    /// The parameter's name, without the version that may follow it.
    private static func dynamicReference(_ text: String) -> String? {
        guard text.hasPrefix("{{resolve:ssm:"), text.hasSuffix("}}") else { return nil }
        let parts = text.dropFirst(14).dropLast(2).split(separator: ":", omittingEmptySubsequences: false)
        guard let name = parts.first, !name.isEmpty, parts.count <= 2 else { return nil }
        return String(name)
    }

    public var description: String {
        switch self {
        case .image(let arn): arn.description
        case .ami(let id): id
        case .systemsManager(let name): "ssm:\(name)"
        case .name(let name): name
        }
    }
}
