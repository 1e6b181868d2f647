/// The `*` that a pattern may have for an ARN's partition, region and account.
struct ARNWildcards: Sendable, Hashable {
    /// Places between the colons.
    private let places: Set<Int>
    private let text: String
    /// The pattern with its wildcards put out of the way, so that the rest is checked as any ARN is.
    let plain: String

    init(_ text: String) {
        var fields = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let wild = fields.indices.filter { [1, 3, 4].contains($0) && fields[$0] == "*" }
        for index in wild { fields[index] = "aws" }
        places = Set(wild)
        self.text = text
        plain = fields.joined(separator: ":")
    }

    /// The partition, the region and the account of the pattern.
    func fields(of arn: ImageBuilderARN) -> (partition: String, region: String, account: String) {
        (
            places.contains(1) ? "*" : arn.partition, places.contains(3) ? "*" : arn.region,
            places.contains(4) ? "*" : arn.account
        )
    }

    /// What is wrong with the plain text, said of the pattern.
    func telling(_ problem: InvalidReference) -> InvalidReference {
        InvalidReference(description: problem.description.replacing("'\(plain)'", with: "'\(text)'"))
    }

    static func matches(_ pattern: String, _ text: String) -> Bool { pattern == "*" || pattern == text }
}
