/// The components that a document of this machine stands for: an ARN whose partition, region and account may be `*`, and whose
/// version may have wildcards or be left off; or a name alone, whoever's the component is.
public struct ComponentPattern: Sendable, Hashable, CustomStringConvertible {
    private enum Form: Hashable {
        case component(partition: String, region: String, account: String, name: String, version: VersionPattern)
        case named(String)
    }

    private let form: Form
    public let description: String

    public init(_ text: String) throws(InvalidReference) {
        description = text
        guard text.hasPrefix("arn:") else {
            guard Self.isName(text) else {
                throw InvalidReference(
                    description: "'\(text)' is neither the ARN of a component nor the name of one")
            }
            form = .named(ImageBuilderARN.resourceName(text))
            return
        }
        let wildcards = ARNWildcards(text)
        let arn: ImageBuilderARN
        do {
            arn = try ImageBuilderARN(wildcards.plain)
        } catch {
            throw wildcards.telling(error)
        }
        guard arn.type == .component else {
            throw InvalidReference(description: "'\(text)' names \(arn.type.phrase), expected a component")
        }
        let (partition, region, account) = wildcards.fields(of: arn)
        form = .component(
            partition: partition, region: region, account: account, name: arn.name, version: arn.version ?? .any)
    }

    /// The version that the document has for whoever names a component: what both of them say of it, the first such version
    /// where both leave it open. Nil for a component that the document does not stand for.
    public func version(for arn: ImageBuilderARN) -> SemanticVersion? {
        guard arn.type == .component else { return nil }
        var own = VersionPattern.any
        switch form {
        case .component(let partition, let region, let account, let name, let version):
            guard ARNWildcards.matches(partition, arn.partition), ARNWildcards.matches(region, arn.region),
                ARNWildcards.matches(account, arn.account), name == arn.name
            else { return nil }
            own = version
        case .named(let name):
            guard name == ImageBuilderARN.resourceName(arn.name) else { return nil }
        }
        return (arn.version ?? .any).first(alsoOf: own)
    }

    private static func isName(_ text: String) -> Bool {
        !text.isEmpty && text.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_ ".contains($0)) }
    }
}

extension VersionPattern {
    /// The first version that two patterns share, as `next` counts; nil where they share none.
    public func first(alsoOf other: VersionPattern = .any) -> SemanticVersion? {
        let (wide, narrow) = fixed.count < other.fixed.count ? (self, other) : (other, self)
        guard narrow.isWithin(wide) else { return nil }
        return narrow.exact ?? narrow.next(after: [])
    }
}
