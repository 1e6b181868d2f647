/// A version whose last numbers may be open: "1.2.3", "1.2.x", "1.x.x", "x.x.x". It means the newest that matches.
public struct ResourceVersionPattern: Sendable, Hashable, CustomStringConvertible {
    /// The numbers before the first "x": none to three.
    public let fixed: [Int]

    public static let any = ResourceVersionPattern(fixed: [])

    private init(fixed: [Int]) { self.fixed = fixed }

    public init(_ version: ResourceVersion) { fixed = [version.major, version.minor, version.patch] }

    /// Nil for anything else, a number behind an "x" included.
    public init?(_ text: String) {
        let nodes = text.split(separator: ".", omittingEmptySubsequences: false)
        guard nodes.count == 3 else { return nil }
        let numbers = nodes.prefix { $0 != "x" }.map(ResourceVersion.node)
        guard !numbers.contains(nil), nodes.dropFirst(numbers.count).allSatisfy({ $0 == "x" }) else { return nil }
        fixed = numbers.compactMap { $0 }
    }

    /// The one version that it means; nil where it has an "x".
    public var exact: ResourceVersion? { fixed.count == 3 ? ResourceVersion(fixed[0], fixed[1], fixed[2]) : nil }

    public func matches(_ version: ResourceVersion) -> Bool {
        [version.major, version.minor, version.patch].starts(with: fixed)
    }

    public var description: String {
        (fixed.map(String.init) + Array(repeating: "x", count: 3 - fixed.count)).joined(separator: ".")
    }

    /// The version that a new resource gets from it: the first "x" counts on from the newest that matches, what is behind it
    /// begins at 0. "1.0.x" after 1.0.3 is 1.0.4; the first of all is 1.0.0.
    public func next(after newest: ResourceVersion?) -> ResourceVersion {
        var nodes = fixed
        if nodes.count < 3 {
            let counted = newest.map { [$0.major, $0.minor, $0.patch][nodes.count] + 1 }
            nodes.append(counted ?? (nodes.isEmpty ? 1 : 0))
        }
        nodes += [0, 0]
        return ResourceVersion(nodes[0], nodes[1], nodes[2])
    }

    /// As AWS gives them with each resource: "x.x.x", "1.x.x", "1.2.x", and the version itself.
    public static func references(to version: ResourceVersion) -> [ResourceVersionPattern] {
        let nodes = [version.major, version.minor, version.patch]
        return (0...3).map { ResourceVersionPattern(fixed: Array(nodes.prefix($0))) }
    }
}
