public import Failures
import HostSystem
public import SystemPackage

/// The blocks of a raw disk in a file; its holes were never written.
public struct RawDiskBlocks: BlockSource {
    public let writtenBlocks: [Range<Int>]
    private let file: SourceFile

    public var virtualSize: Int { file.size }

    /// - Throws: `file`.
    public init(_ path: FilePath) throws(AWSFailure) {
        file = try SourceFile(path)
        var ranges: [Range<Int>] = []
        var position = 0
        while position < file.size {
            let (isHole, end) = file.run(at: position, to: file.size)
            if !isHole { ranges.append(piecesOf: EBSBlock.size, touchedBy: position..<end) }
            position = end
        }
        writtenBlocks = ranges
    }

    public func read(block: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
        let offset = block * EBSBlock.size
        let inside = min(max(0, file.size - offset), buffer.count)
        if inside > 0 { try file.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<inside]), at: offset) }
        UnsafeMutableRawBufferPointer(rebasing: buffer[inside...]).initializeMemory(as: UInt8.self, repeating: 0)
    }

    public func checkUnchanged() throws { try file.checkUnchanged() }
}
