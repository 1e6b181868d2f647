/// A disk that is read from, whatever the file looks like that holds it. Safe to use from many threads at once.
protocol DiskSource: Sendable {
    /// Bytes that a guest sees.
    var virtualSize: Int { get }

    /// What is at `offset`, which is below `virtualSize`, and where that ends at the latest known.
    func run(at offset: Int) throws(ExportFailure) -> DiskRun

    /// Fills the buffer from `offset`. Zeros that are not stored are filled in.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ExportFailure)
}

/// Consecutive bytes of a disk of which the same is known.
struct DiskRun: Equatable, Sendable {
    enum Kind: Equatable, Sendable {
        /// Stored: to know what it is one has to read it.
        case data
        /// Known to be zeros, because somebody wrote zeros.
        case zero
        /// Never written, and reads as zeros.
        case hole
    }

    var kind: Kind
    /// The offset behind its last byte.
    var end: Int
}

extension DiskSource {
    /// Where the next stored byte is, from `offset` on; nil where there is none.
    func nextData(from offset: Int) throws(ExportFailure) -> Int? {
        var position = offset
        while position < virtualSize {
            let run = try run(at: position)
            if run.kind == .data { return position }
            position = run.end
        }
        return nil
    }

    /// Goes over what is stored, from front to back, without reading it.
    func forEachStored(_ body: (Range<Int>) -> Void) throws(ExportFailure) {
        var position = 0
        while let start = try nextData(from: position) {
            position = try run(at: start).end
            body(start..<position)
        }
    }

    /// Names each piece of a size that has something stored in it, by its number and once.
    func forEachStoredPiece(of size: Int, _ body: (Int) -> Void) throws(ExportFailure) {
        var next = 0
        try forEachStored { range in
            let last = (range.upperBound - 1) / size
            guard last >= next else { return }
            for piece in max(next, range.lowerBound / size)...last { body(piece) }
            next = last + 1
        }
    }
}
