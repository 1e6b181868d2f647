import Crypto
import Failures
import Glibc
import HostSystem

/// Writes a stream-optimised VMDK from front to back, with its SHA-256 as it goes: grains in the order of the disk, each
/// table behind its grains, at the end the directory, the footer and the end-of-stream marker.
final class VMDKOutput: DiskOutput, @unchecked Sendable {
    let format: Artifact.Format? = .vmdk
    let encoding: ChunkEncoding? = .vmdkGrains
    /// Told how much of the file does not change any more.
    var growth: (Int) -> Void = { _ in }
    private let draft: Draft
    private var header: VMDKHeader
    private var hash = SHA256()
    private var position = 0
    /// Of the disk: which table `table` is; sectors of its grains in the file, 0 where there is none.
    private var tableIndex = 0
    private var table = [UInt32](repeating: 0, count: VMDKHeader.tableEntries)
    private var directory: [UInt32]

    private static let bytesPerTable = VMDKHeader.grain * VMDKHeader.tableEntries

    /// - Parameter id: see `VMDKHeader.descriptor`.
    init(_ draft: Draft, virtualSize: Int, id: UInt32, file: String) throws(HostFailure) {
        self.draft = draft
        header = VMDKHeader(capacity: (virtualSize + VMDKHeader.sector - 1) / VMDKHeader.sector)
        directory = [UInt32](repeating: 0, count: (virtualSize + Self.bytesPerTable - 1) / Self.bytesPerTable)
        let front = header.bytes + header.descriptor(id: id, file: file)
        try write(front + [UInt8](repeating: 0, count: VMDKHeader.overhead * VMDKHeader.sector - front.count))
    }

    func take(_ chunk: DiskChunk, while going: () -> Bool) throws(HostFailure) {
        guard let encoded = chunk.encoded(.vmdkGrains), !encoded.grains.isEmpty else { return }
        let index = chunk.offset / Self.bytesPerTable
        if index != tableIndex {
            try writeTable()
            tableIndex = index
        }
        let start = position / VMDKHeader.sector
        for grain in encoded.grains {
            table[grain.number % VMDKHeader.tableEntries] =
                UInt32(truncatingIfNeeded: start + grain.range.lowerBound / VMDKHeader.sector)
        }
        try write(encoded.bytes)
        growth(position)
    }

    func finish(while going: () -> Bool) throws(HostFailure) -> OutputDigest? {
        try writeTable()
        let bytes = numbers(directory)
        let sectors = max(1, (bytes.count + VMDKHeader.sector - 1) / VMDKHeader.sector)
        try write(VMDKHeader.marker(.grainDirectory, length: sectors))
        header.directory = UInt64(position / VMDKHeader.sector)
        try write(bytes + [UInt8](repeating: 0, count: sectors * VMDKHeader.sector - bytes.count))
        try write(VMDKHeader.marker(.footer, length: 1))
        try write(header.bytes)
        try write(VMDKHeader.marker(.endOfStream, length: 0))
        try draft.sync()
        return OutputDigest(size: position, sha256: hash.finalize().hexadecimal)
    }

    /// A table without grains is not written: its entry in the directory says so.
    private func writeTable() throws(HostFailure) {
        guard table.contains(where: { $0 != 0 }) else { return }
        let bytes = numbers(table)
        try write(VMDKHeader.marker(.grainTable, length: bytes.count / VMDKHeader.sector))
        directory[tableIndex] = UInt32(truncatingIfNeeded: position / VMDKHeader.sector)
        try write(bytes)
        table = [UInt32](repeating: 0, count: VMDKHeader.tableEntries)
    }

    private func numbers(_ numbers: [UInt32]) -> [UInt8] {
        var bytes = LittleEndianBytes()
        for number in numbers { bytes.append(number) }
        return bytes.content
    }

    private func write(_ bytes: [UInt8]) throws(HostFailure) {
        var failure: HostFailure?
        bytes.withUnsafeBytes { bytes in
            do throws(HostFailure) { try write(bytes) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func write(_ bytes: UnsafeRawBufferPointer) throws(HostFailure) {
        // Places in the file are 32-bit sector numbers.
        guard (position + bytes.count) / VMDKHeader.sector <= Int(UInt32.max) else {
            throw HostFailure(.io, "the disk, compressed, is larger than the 2 TiB that a VMDK can hold")
        }
        try draft.write(bytes, at: position)
        hash.update(bufferPointer: bytes)
        position += bytes.count
    }
}
