import Failures
import Foundation
import GRDB

/// A new resource that was checked by itself: what is left to do is up to what is stored.
struct ResourceDraft: Sendable {
    let kind: ResourceKind
    let name: String
    let workflowType: String?
    let owner: ResourceOwner
    /// Without version and build.
    let base: ResourceARN
    /// 0.0.0 for kinds without versions.
    let version: ResourceVersion
    let document: String
    let digest: String
    let tags: [String: String]
    let references: [ResourceARN]
    let state: String?

    init(_ new: NewResource, _ account: Account) throws(StoreFailure) {
        kind = new.kind
        name = new.name
        owner = new.owner
        guard Self.isName(new.name) else {
            throw StoreFailure(
                .invalidName, "'\(new.name.prefix(200))' is no name for \(new.kind.phrase)",
                hint: "3 to 128 letters, digits, - and _, with blanks between them")
        }
        if kind == .workflow {
            let type = new.workflowType?.uppercased()
            guard let type, ["BUILD", "TEST", "DISTRIBUTION"].contains(type) else {
                throw StoreFailure(
                    .invalidName, "'\(new.workflowType ?? "")' is no type of a workflow",
                    hint: "BUILD, TEST or DISTRIBUTION")
            }
            workflowType = type
        } else {
            workflowType = nil
        }
        guard kind.isVersioned == (new.version != nil) else {
            throw StoreFailure(
                .invalidVersion, kind.isVersioned ? "\(kind.phrase) needs a version" : "\(kind.phrase) has no versions")
        }
        version = new.version ?? ResourceVersion(0, 0, 0)
        guard [version.major, version.minor, version.patch].allSatisfy((0...ResourceVersion.maximumNode).contains)
        else {
            throw StoreFailure(
                .invalidVersion, "the version \(version) is out of bounds",
                hint: "each number is at least 0 and at most \(ResourceVersion.maximumNode)")
        }
        base = account.arn(kind, name, owner: new.owner, workflowType: workflowType)
        document = try JSONText.object(new.document, "the document of \(name)")
        digest = try JSONText.digest(new.document, of: new.kind, "the document of \(name)")
        try TagRules.check(new.tags)
        tags = new.tags
        references = try Self.parse(new.references)
        state = new.state
    }

    static func parse(_ references: [String]) throws(StoreFailure) -> [ResourceARN] {
        var parsed: [ResourceARN] = []
        for reference in references { parsed.append(try ResourceARN(reference)) }
        return parsed
    }

    /// AWS's `ResourceName`.
    static func isName(_ name: String) -> Bool {
        let isLetter = { (byte: UInt8) -> Bool in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        guard (3...128).contains(name.utf8.count), let first = name.utf8.first, let last = name.utf8.last else {
            return false
        }
        return isLetter(first) && isLetter(last)
            && name.utf8.allSatisfy { isLetter($0) || $0 == UInt8(ascii: " ") }
    }
}
