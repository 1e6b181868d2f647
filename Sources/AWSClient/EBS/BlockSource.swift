/// A disk as the EBS direct API takes it: blocks of 512 KiB. Read by many threads at once.
public protocol BlockSource: Sendable {
    /// Bytes of the disk as a guest sees it.
    var virtualSize: Int { get }

    /// The blocks in which something was ever written, as ranges of their numbers: ascending, not touching each other.
    /// A block that holds zeros because somebody wrote them is one of these.
    var writtenBlocks: [Range<Int>] { get }

    /// Fills the buffer, of `EBSBlock.size` bytes, with a block; behind the end of the disk there are zeros.
    func read(block: Int, into buffer: UnsafeMutableRawBufferPointer) throws

    /// - Throws: where the disk is not what it was when it was opened.
    func checkUnchanged() throws
}

extension BlockSource {
    public func checkUnchanged() throws {}
}

/// The unit of the EBS direct API.
public enum EBSBlock {
    /// Bytes; the API knows no other size.
    public static let size = 512 << 10
    /// In a GiB, in which volumes are counted.
    static let perGiB = (1 << 30) / size

    /// GiB of a volume that holds so many bytes.
    public static func volumeSize(for bytes: Int) -> Int { max(1, (bytes + (1 << 30) - 1) >> 30) }
}
