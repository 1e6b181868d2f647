/// How long what is over is kept, and how much of it.
public struct RetentionRules: Sendable {
    private static let day: Double = 24 * 3600

    /// Events that all readers have seen go after this time.
    public var seenEventAge = 30 * RetentionRules.day
    /// Events go after this time whoever has not seen them.
    public var eventAge = 90 * RetentionRules.day
    /// Of more events the oldest go that all readers have seen.
    public var mostEvents: Int64 = 200_000
    /// Lifecycle executions go this long after their end. The last one of a policy or image that is there stays.
    public var executionAge = 90 * RetentionRules.day
    /// Of each policy or image.
    public var mostExecutions = 100
    /// Rows that one transaction removes: others write in between.
    public var batch = 200

    public init() {}
}

/// How many rows were removed.
public struct PrunedRows: Sendable, Hashable {
    public var events = 0
    public var clientTokens = 0
    public var lifecycleExecutions = 0
}
