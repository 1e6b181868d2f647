public import Failures

extension EC2Client {
    /// Adds tags, or gives those of the same keys new values.
    public func createTags(_ tags: [String: String], on resources: [String]) async throws(AWSFailure) {
        guard !tags.isEmpty, !resources.isEmpty else { return }
        var form = QueryForm()
        form.set("ResourceId", list: resources)
        form.setTags("Tag", tags)
        let _: EC2Empty = try await call(
            "CreateTags", resources.joined(separator: ", "), form, patience: Self.settling)
    }

    /// Whether every new snapshot in this region is encrypted, asked for or not.
    public func encryptsByDefault() async throws(AWSFailure) -> Bool {
        let answer: EncryptionAnswer = try await call(
            "GetEbsEncryptionByDefault", "the account in \(region)", QueryForm())
        return answer.ebsEncryptionByDefault
    }

    /// The names of the regions that the account may use.
    ///
    /// - Parameter all: also those that it would have to enable first.
    public func describeRegions(all: Bool = false) async throws(AWSFailure) -> [String] {
        var form = QueryForm()
        form.set("AllRegions", all)
        let answer: RegionsAnswer = try await call("DescribeRegions", "regions", form)
        return (answer.regionInfo?.elements ?? []).map(\.regionName)
    }
}

private struct EncryptionAnswer: Decodable {
    var ebsEncryptionByDefault: Bool
}

private struct RegionsAnswer: Decodable {
    var regionInfo: XMLItems<Region>?

    struct Region: Decodable, Sendable {
        var regionName: String
    }
}
