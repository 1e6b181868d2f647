public import Failures

extension ResourceARN {
    /// Reads an ARN, with or without version and build.
    ///
    /// - Throws: `invalidARN`, with what was expected in its place.
    public init(_ text: String) throws(StoreFailure) {
        func invalid(_ why: String) -> StoreFailure { StoreFailure(.invalidARN, "'\(text.prefix(300))' \(why)") }

        let fields = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 6, fields[0] == "arn" else {
            throw invalid("is not an ARN: expected arn:PARTITION:imagebuilder:REGION:ACCOUNT:KIND/NAME")
        }
        guard fields[2] == "imagebuilder" else { throw invalid("names the service '\(fields[2])', not imagebuilder") }
        guard fields[1].hasPrefix("aws") else { throw invalid("has the partition '\(fields[1])', expected aws…") }
        guard !fields[3].isEmpty else { throw invalid("has no region") }
        guard Self.isAccount(fields[4]) else {
            throw invalid("has the account '\(fields[4])', expected 12 digits, aws or third-party")
        }
        var path = fields[5].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let word = path.removeFirst()
        guard let kind = ResourceKind(rawValue: word) else {
            throw invalid(
                "has the kind '\(word)', expected one of "
                    + ResourceKind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        var workflowType: String?
        if kind == .workflow {
            workflowType = path.isEmpty ? nil : path.removeFirst()
            guard let type = workflowType, ["build", "test", "distribution"].contains(type) else {
                throw invalid("has the workflow type '\(workflowType ?? "")', expected build, test or distribution")
            }
        }
        let name = path.isEmpty ? "" : path.removeFirst()
        guard Self.isSegment(name) else {
            throw invalid("has the name '\(name)', expected lower-case letters, digits, - and _")
        }
        guard path.count <= (kind.hasBuilds ? 2 : kind.isVersioned ? 1 : 0) else {
            throw invalid("has too many parts after its name")
        }
        var version: ResourceVersionPattern?
        if let text = path.first {
            version = ResourceVersionPattern(text)
            guard version != nil else {
                throw invalid("has the version '\(text)', expected x.y.z of numbers, the last of them perhaps 'x'")
            }
        }
        var build: Int?
        if path.count == 2 {
            build = ResourceVersion.node(Substring(path[1]))
            guard build != nil, version?.exact != nil else {
                throw invalid("has the build '\(path[1])', expected a number after a version without wildcards")
            }
        }
        self.init(
            partition: fields[1], region: fields[3], account: fields[4], kind: kind, workflowType: workflowType,
            name: name, version: version, build: build)
    }

    private static func isAccount(_ text: String) -> Bool {
        text.hasPrefix("aws") || text == "third-party"
            || (text.utf8.count == 12 && text.utf8.allSatisfy { (0x30...0x39).contains($0) })
    }

    private static func isSegment(_ text: String) -> Bool {
        !text.isEmpty
            && text.utf8.allSatisfy {
                switch $0 {
                case 0x30...0x39, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"): true
                default: false
                }
            }
    }
}
