/// The version of a resource: three numbers. The build number is not part of it.
public struct ResourceVersion: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    public let major: Int
    public let minor: Int
    public let patch: Int

    /// 2^30 - 1, AWS's limit for each number.
    public static let maximumNode = 1_073_741_823

    public init(_ major: Int, _ minor: Int, _ patch: Int) {
        self.major = major
        self.minor = minor
        self.patch = patch
    }

    /// Nil unless the text is three numbers within bounds. Zeros in front count for nothing: "2021.01.01" is 2021.1.1.
    public init?(_ text: String) {
        let nodes = text.split(separator: ".", omittingEmptySubsequences: false).map(Self.node)
        guard nodes.count == 3, let major = nodes[0], let minor = nodes[1], let patch = nodes[2] else { return nil }
        self.init(major, minor, patch)
    }

    static func node(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text),
            number <= maximumNode
        else { return nil }
        return number
    }

    public var description: String { "\(major).\(minor).\(patch)" }

    public static func < (left: ResourceVersion, right: ResourceVersion) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }
}
