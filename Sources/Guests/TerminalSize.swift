/// How large a terminal is, in characters; neither is 0.
public struct TerminalSize: Sendable, Equatable {
    public var rows: UInt32
    public var columns: UInt32

    public init(rows: UInt32, columns: UInt32) {
        self.rows = max(1, rows)
        self.columns = max(1, columns)
    }
}
