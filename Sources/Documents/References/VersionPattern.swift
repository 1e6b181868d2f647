/// A version whose last nodes may be wildcards: `1.2.3`, `1.2.x`, `1.x.x`, `x.x.x`. It selects the newest match.
public struct VersionPattern: Sendable, Hashable, CustomStringConvertible {
    /// The numbers before the first wildcard: none to three.
    public let fixed: [Int]
    public let description: String

    public static let any = VersionPattern(fixed: [], description: "x.x.x")

    private init(fixed: [Int], description: String) {
        self.fixed = fixed
        self.description = description
    }

    public init(_ version: SemanticVersion) {
        self.init(fixed: [version.major, version.minor, version.patch], description: version.description)
    }

    /// Nil unless the text is three nodes, numbers first and wildcards after.
    public init?(_ text: String) {
        let nodes = text.split(separator: ".", omittingEmptySubsequences: false)
        guard nodes.count == 3 else { return nil }
        var fixed: [Int] = []
        for (index, node) in nodes.enumerated() {
            if node == "x" { continue }
            guard fixed.count == index, let number = SemanticVersion.node(node) else { return nil }
            fixed.append(number)
        }
        self.init(fixed: fixed, description: text)
    }

    /// The one version meant, if there is no wildcard.
    public var exact: SemanticVersion? {
        fixed.count == 3 ? SemanticVersion(description) : nil
    }

    public func matches(_ version: SemanticVersion) -> Bool {
        [version.major, version.minor, version.patch].starts(with: fixed)
    }

    /// The newest of the versions that match.
    public func newest(in versions: some Sequence<SemanticVersion>) -> SemanticVersion? {
        versions.filter(matches).max()
    }

    /// The version a new resource gets from this pattern: the first wildcard counts on from the newest match, what is
    /// after it starts at 0. `1.0.x` after 1.0.3 is 1.0.4, the first of all is 1.0.0.
    public func next(after versions: some Sequence<SemanticVersion>) -> SemanticVersion {
        var nodes = fixed
        if nodes.count < 3 {
            let newest = newest(in: versions)
            let counted = newest.map { [$0.major, $0.minor, $0.patch][nodes.count] + 1 }
            // A first major version is 1, as people count.
            nodes.append(counted ?? (nodes.isEmpty ? 1 : 0))
        }
        nodes += [0, 0]
        return SemanticVersion(nodes[0], nodes[1], nodes[2])
    }

    /// Whether every version this pattern matches is one the other matches too.
    public func isWithin(_ other: VersionPattern) -> Bool {
        fixed.starts(with: other.fixed)
    }

    public static func == (left: VersionPattern, right: VersionPattern) -> Bool { left.fixed == right.fixed }

    public func hash(into hasher: inout Hasher) { hasher.combine(fixed) }
}
