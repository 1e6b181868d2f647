public import AWSClient
import Glibc
import HostSystem
public import SystemPackage

/// The blocks of a raw disk in a file; its holes were never written.
public struct RawDiskBlocks: BlockSource {
    public let writtenBlocks: [Range<Int>]
    public let virtualSize: Int
    private let file: OpenFile

    private final class OpenFile: Sendable {
        let descriptor: Int32

        init(_ path: FilePath) throws {
            descriptor = open(path.string, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw HostFailure.systemCall("cannot open \(path)", errno: errno) }
        }

        deinit { close(descriptor) }
    }

    public init(_ path: FilePath) throws {
        file = try OpenFile(path)
        virtualSize = Int(try FileStamp(of: path).bytes)
        var ranges: [Range<Int>] = []
        var position = 0
        while position < virtualSize {
            let (isHole, end) = SparseRuns.run(of: file.descriptor, at: position, to: virtualSize)
            if !isHole { ranges.append(piecesOf: EBSBlock.size, touchedBy: position..<end) }
            position = end
        }
        writtenBlocks = ranges
    }

    public func read(block: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        var done = 0
        while done < buffer.count {
            let count = pread(
                file.descriptor, buffer.baseAddress?.advanced(by: done), buffer.count - done,
                off_t(block * EBSBlock.size + done))
            guard count >= 0 else { throw HostFailure.systemCall("cannot read a raw disk", errno: errno) }
            if count == 0 { return }
            done += count
        }
    }
}
