/// Some of a list, and where it goes on.
public struct Page<Item: Sendable>: Sendable {
    public let items: [Item]
    /// For the next call with the same query; nil where the list is at its end.
    public let nextToken: String?
}

extension Page: Equatable where Item: Equatable {}
