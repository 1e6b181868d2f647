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
        // The wildcards are put out of the way, so that the rest is checked as any ARN is.
        var fields = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let wild = fields.indices.filter { [1, 3, 4].contains($0) && fields[$0] == "*" }
        for index in wild { fields[index] = "aws" }
        let plain = fields.joined(separator: ":")
        let reference: ParentReference
        do {
            reference = try ParentReference(plain)
        } catch {
            throw InvalidReference(description: error.description.replacing("'\(plain)'", with: "'\(text)'"))
        }
        guard case .image(let arn) = reference else {
            throw InvalidReference(description: "'\(text)' does not name an image")
        }
        form = .image(
            partition: wild.contains(1) ? "*" : arn.partition, region: wild.contains(3) ? "*" : arn.region,
            account: wild.contains(4) ? "*" : arn.account, name: arn.name, version: arn.version ?? .any)
    }

    /// An image's versions count as one here: a local image that stands for `x.x.x` also stands for `12.x.x` and
    /// `12.1.0`; one that stands for `12.x.x` does not stand for `x.x.x`, which may be newer.
    public func matches(_ reference: ParentReference) -> Bool {
        switch (form, reference) {
        case (.image(let partition, let region, let account, let name, let version), .image(let arn)):
            return Self.matches(partition, arn.partition) && Self.matches(region, arn.region)
                && Self.matches(account, arn.account) && name == arn.name
                && (arn.version ?? .any).isWithin(version)
        case (.exactly(let expected), _):
            return expected == reference
        default:
            return false
        }
    }

    private static func matches(_ pattern: String, _ text: String) -> Bool { pattern == "*" || pattern == text }
}
