/// A version of an Image Builder resource: three numbers, each up to 2^30 - 1. The build number is not part of it.
public struct SemanticVersion: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let major: Int
    public let minor: Int
    public let patch: Int
    /// As written: `2021.01.01` keeps its zeros, though it equals `2021.1.1`.
    public let description: String

    public static let maximumNode = 1_073_741_823

    public init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
        description = "\(major).\(minor).\(patch)"
    }

    /// Nil unless the text is three numbers within bounds.
    public init?(_ text: String) {
        let nodes = text.split(separator: ".", omittingEmptySubsequences: false).map(Self.node)
        guard nodes.count == 3, let major = nodes[0], let minor = nodes[1], let patch = nodes[2] else { return nil }
        self.major = major
        self.minor = minor
        self.patch = patch
        description = text
    }

    static func node(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
            number <= maximumNode
        else { return nil }
        return number
    }

    public static func == (left: SemanticVersion, right: SemanticVersion) -> Bool {
        (left.major, left.minor, left.patch) == (right.major, right.minor, right.patch)
    }

    public static func < (left: SemanticVersion, right: SemanticVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(major)
        hasher.combine(minor)
        hasher.combine(patch)
    }
}
