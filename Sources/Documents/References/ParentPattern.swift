/// A parent reference of the catalog: an ARN whose partition, region and account may be `*`, anything else letter for
/// letter.
public struct ParentPattern: Sendable, Hashable, CustomStringConvertible {
    private enum Form: Hashable {
        case image(partition: String, region: String, account: String, name: String, version: VersionPattern)
        case exactly(ParentReference)
    }

    private let form: Form
    public let description: String

    public init(_ text: String) throws(InvalidReference) {
        description = text
        guard text.hasPrefix("arn:") else {
            form = .exactly(try ParentReference(text))
            return
        }
        let wildcards = ARNWildcards(text)
        let reference: ParentReference
        do {
            reference = try ParentReference(wildcards.plain)
        } catch {
            throw wildcards.telling(error)
        }
        guard case .image(let arn) = reference else {
            throw InvalidReference(description: "'\(text)' does not name an image")
        }
        let (partition, region, account) = wildcards.fields(of: arn)
        form = .image(
            partition: partition, region: region, account: account, name: arn.name, version: arn.version ?? .any)
    }

    /// An image's versions count as one here: a local image that stands for `x.x.x` also stands for `12.x.x` and
    /// `12.1.0`; one that stands for `12.x.x` does not stand for `x.x.x`, which may be newer.
    public func matches(_ reference: ParentReference) -> Bool {
        switch (form, reference) {
        case (.image(let partition, let region, let account, let name, let version), .image(let arn)):
            return ARNWildcards.matches(partition, arn.partition) && ARNWildcards.matches(region, arn.region)
                && ARNWildcards.matches(account, arn.account) && name == arn.name
                && (arn.version ?? .any).isWithin(version)
        case (.exactly(let expected), _):
            return expected == reference
        default:
            return false
        }
    }
}
