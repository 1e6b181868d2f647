import Failures
import HostSystem

/// Writes a dynamic VHD from front to back: the blocks that are not zeros, in the order of the disk.
final class VHDOutput: DiskOutput, @unchecked Sendable {
    let format: Artifact.Format? = .vhd
    private let header: VHDHeader
    private let file: FrontedFile
    private var table: [UInt32]
    /// Of the disk: the last block begun, and where that ends in the file.
    private var block = -1
    private var end = 0

    /// Sets bits of the whole block: it is all there, zeros included.
    private static let bitmap = [UInt8](repeating: 0xff, count: VHDHeader.bitmap)

    /// - Parameter stored: numbers of the blocks that the disk's map has something in.
    init(_ draft: Draft, header: VHDHeader, stored: [Int]) throws(HostFailure) {
        self.header = header
        let empty = [UInt32](repeating: VHDHeader.unused, count: header.blocks)
        table = empty
        var guess = empty
        var position = header.front(empty).count
        for block in stored {
            guess[block] = UInt32(truncatingIfNeeded: position / VHDHeader.sector)
            position += VHDHeader.bitmap + VHDHeader.block
        }
        file = try FrontedFile(draft, guess: header.front(guess))
    }

    func take(_ chunk: DiskChunk, while going: () -> Bool) throws(HostFailure) {
        guard !chunk.storedRanges.isEmpty else { return }
        if chunk.offset / VHDHeader.block != block {
            file.skip(to: end)
            block = chunk.offset / VHDHeader.block
            table[block] = UInt32(truncatingIfNeeded: file.position / VHDHeader.sector)
            try file.append(Self.bitmap)
            end = file.position + VHDHeader.block
        }
        let start = end - VHDHeader.block + chunk.offset % VHDHeader.block
        for range in chunk.storedRanges {
            file.skip(to: start + range.lowerBound)
            try file.append(UnsafeRawBufferPointer(rebasing: chunk.data[range]))
        }
    }

    func finish(while going: () -> Bool) throws(HostFailure) -> OutputDigest? {
        file.skip(to: end)
        try file.append(header.footer)
        return try file.finish(front: header.front(table), while: going)
    }
}

/// Writes a fixed VHD: the disk as it is, and a footer.
final class FixedVHDOutput: DiskOutput, @unchecked Sendable {
    let format: Artifact.Format? = .vhdFixed
    private let header: VHDHeader
    private let file: FrontedFile

    init(_ draft: Draft, header: VHDHeader) throws(HostFailure) {
        self.header = header
        file = try FrontedFile(draft)
    }

    func take(_ chunk: DiskChunk, while going: () -> Bool) throws(HostFailure) {
        for range in chunk.storedRanges {
            file.skip(to: chunk.offset + range.lowerBound, while: going)
            guard going() else { return }
            try file.append(UnsafeRawBufferPointer(rebasing: chunk.data[range]))
        }
    }

    func finish(while going: () -> Bool) throws(HostFailure) -> OutputDigest? {
        file.skip(to: header.size, while: going)
        try file.append(header.footer)
        return try file.finish(while: going)
    }
}
