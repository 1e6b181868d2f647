/// A value that remembers where it was written.
public struct Positioned<Value: Sendable>: Sendable {
    public let value: Value
    public let position: SourcePosition

    public init(_ value: Value, at position: SourcePosition) {
        self.value = value
        self.position = position
    }
}

extension Positioned: Equatable where Value: Equatable {}
extension Positioned: Hashable where Value: Hashable {}
