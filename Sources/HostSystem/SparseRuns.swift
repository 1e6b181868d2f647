import Glibc

/// Where a file has data and where it has holes, as lseek(2) tells it: SEEK_DATA and SEEK_HOLE.
public enum SparseRuns {
    /// Whether the file has no data at `offset`, and where that, or the data, ends (at most `end`).
    ///
    /// Moves the descriptor's position. A file system that knows nothing of holes calls everything data.
    public static func run(of descriptor: Int32, at offset: Int, to end: Int) -> (isHole: Bool, end: Int) {
        let data = lseek(descriptor, off_t(offset), seekData)
        if data < 0 { return (errno == ENXIO, end) }
        if data > off_t(offset) { return (true, min(Int(data), end)) }
        let hole = lseek(descriptor, off_t(offset), seekHole)
        return (false, hole > off_t(offset) ? min(Int(hole), end) : end)
    }

    // Of <unistd.h> under _GNU_SOURCE, which the Glibc module is built without.
    private static let seekData: Int32 = 3
    private static let seekHole: Int32 = 4
}
