/// Cuts a stream into lines; a line that has no end yet waits for it.
public struct LineSplitter: Sendable {
    private var rest: [UInt8] = []

    public init() {}

    public mutating func feed(_ bytes: [UInt8]) -> [[UInt8]] {
        var lines: [[UInt8]] = []
        var bytes = bytes[...]
        while let end = bytes.firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(rest + bytes[..<end])
            rest = []
            bytes = bytes[(end + 1)...]
        }
        rest += bytes
        return lines
    }

    /// What has no end yet.
    public mutating func takeRest() -> [UInt8] {
        defer { rest = [] }
        return rest
    }

    public var restCount: Int { rest.count }
}
