/// Why a text is not the reference it should be.
public struct InvalidReference: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
}

extension ImageBuilderARN {
    /// Throws what is wrong with the text, in a sentence that quotes it.
    public init(_ text: String) throws(InvalidReference) {
        func invalid(_ why: String) -> InvalidReference { InvalidReference(description: "'\(text)' \(why)") }

        let fields = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 6, fields[0] == "arn" else {
            throw invalid("is not an ARN: expected arn:PARTITION:imagebuilder:REGION:ACCOUNT:TYPE/NAME")
        }
        guard fields[2] == "imagebuilder" else { throw invalid("names the service '\(fields[2])', not imagebuilder") }
        guard fields[1].hasPrefix("aws") else { throw invalid("has the partition '\(fields[1])', expected aws…") }
        guard !fields[3].isEmpty else { throw invalid("has no region") }
        guard fields[4].hasPrefix("aws") || Self.isAccountID(fields[4]) else {
            throw invalid("has the account '\(fields[4])', expected 12 digits or aws")
        }
        var path = fields[5].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let typeName = path.removeFirst()
        guard let type = ResourceType(rawValue: typeName) else {
            let near = Suggestion.hint(for: typeName, in: ResourceType.allCases.map(\.rawValue))
            throw invalid("has the resource type '\(typeName)'" + (near.map { ", \($0)" } ?? ""))
        }
        var name = path.isEmpty ? "" : path.removeFirst()
        if type == .workflow, !path.isEmpty { name += "/" + path.removeFirst() }
        guard Self.isName(name.split(separator: "/", omittingEmptySubsequences: false)) else {
            throw invalid("has the name '\(name)', expected lower-case letters, digits, - and _")
        }
        guard path.count <= (type.isVersioned ? 2 : 0) else { throw invalid("has too many parts after its name") }
        var version: VersionPattern?
        if let text = path.first {
            version = VersionPattern(text)
            if version == nil {
                throw invalid("has the version '\(text)', expected x.y.z of numbers, the last of them perhaps 'x'")
            }
        }
        var build: Int?
        if path.count == 2 {
            build = SemanticVersion.node(Substring(path[1]))
            guard build != nil, version?.exact != nil else {
                throw invalid("has the build '\(path[1])', expected a number after a version without wildcards")
            }
        }
        self.init(
            partition: fields[1], region: fields[3], account: fields[4], type: type, name: name, version: version,
            build: build)
    }

    static func isAccountID(_ text: String) -> Bool {
        text.utf8.count == 12 && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }

    private static func isName(_ parts: [Substring]) -> Bool {
        parts.allSatisfy { part in
            !part.isEmpty
                && part.utf8.allSatisfy {
                    switch $0 {
                    case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                    default: false
                    }
                }
        }
    }
}
