extension [Range<Int>] {
    /// Adds the numbers of the pieces that bytes touch, where a disk is cut into pieces of a size. What is added comes in the
    /// disk's order; ranges that meet become one.
    public mutating func append(piecesOf size: Int, touchedBy bytes: Range<Int>) {
        guard !bytes.isEmpty else { return }
        let pieces = bytes.lowerBound / size..<(bytes.upperBound + size - 1) / size
        if let last = last, last.upperBound >= pieces.lowerBound {
            self[count - 1] = last.lowerBound..<Swift.max(last.upperBound, pieces.upperBound)
        } else {
            append(pieces)
        }
    }
}
