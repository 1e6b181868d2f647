import Crypto
import Failures
import HostSystem
import NIOCore

extension EBSUploadSession {
    /// What is stored, and what this run did for it.
    struct Sent {
        var ledger: BlockLedger
        var blocks = 0
        var retries = 0
    }

    private struct Stored: Sendable {
        let block: Int
        let digest: [UInt8]
        let attempts: Int
    }

    /// Those to be stored. Without gaps they reach to the end of the volume, which is in whole GiB.
    private var wanted: [Range<Int>] {
        head.skips ? upload.source.writtenBlocks : [0..<size * EBSBlock.perGiB]
    }

    func sendMissing(_ progress: @escaping EBSUpload.Progress) async throws(AWSFailure) -> Sent {
        let pacer = BlockPacer()
        let total = wanted.reduce(0) { $0 + $1.count }
        var waiting = wanted.lazy.joined().filter { [present] in !present.contains($0) }.makeIterator()
        progress(present.count, total)
        do {
            return try await withThrowingTaskGroup(of: Stored.self) { group in
                var sent = Sent(ledger: present)
                var onTheirWay = 0
                // The first block that fails for good ends the others: leaving the group cancels them.
                repeat {
                    while onTheirWay < pacer.limit, let block = waiting.next() {
                        group.addTask { try await send(block, pacer) }
                        onTheirWay += 1
                    }
                    guard let stored = try await group.next() else { break }
                    onTheirWay -= 1
                    pacer.succeeded()
                    sent.ledger.store(stored.block, stored.digest)
                    sent.blocks += 1
                    sent.retries += stored.attempts - 1
                    progress(sent.ledger.count, total)
                } while true
                return sent
            }
        } catch let failure as AWSFailure {
            throw failure
        } catch {
            throw AWSFailure(.cancelled, "the upload to \(head.snapshot) was cancelled", cause: error)
        }
    }

    private func send(_ block: Int, _ pacer: BlockPacer) async throws(AWSFailure) -> Stored {
        if Task.isCancelled { throw AWSFailure(.cancelled, "the upload to \(head.snapshot) was cancelled") }
        let (content, digest) = try await read(block)
        let attempts = try await ebs.putBlock(
            block, content, digest: digest, of: head.snapshot, patience: patience, pacer: pacer)
        let journal = journal
        try await offPool { () throws(AWSFailure) in try journal.append(block, digest) }
        return Stored(block: block, digest: digest, attempts: attempts)
    }

    private func read(_ block: Int) async throws(AWSFailure) -> (ByteBuffer, digest: [UInt8]) {
        let source = upload.source
        guard Self.isWritten(block, source.writtenBlocks) else { return Self.zeros }
        return try await offPool { () throws(AWSFailure) -> (ByteBuffer, digest: [UInt8]) in
            var buffer = ByteBufferAllocator().buffer(capacity: EBSBlock.size)
            var fault: (any Error)?
            buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: EBSBlock.size) { bytes in
                do {
                    try source.read(
                        block: block, into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<EBSBlock.size]))
                } catch {
                    fault = error
                }
                return EBSBlock.size
            }
            if let fault { throw Self.unreadable(fault) }
            return (buffer, Self.digest(of: buffer))
        }
    }

    /// What was never written reads as zeros: it is not read, and all such blocks share their memory.
    private static let zeros: (ByteBuffer, digest: [UInt8]) = {
        let buffer = ByteBuffer(repeating: 0, count: EBSBlock.size)
        return (buffer, digest(of: buffer))
    }()

    private static func digest(of buffer: ByteBuffer) -> [UInt8] {
        var hash = SHA256()
        buffer.withUnsafeReadableBytes { hash.update(bufferPointer: $0) }
        return Array(hash.finalize())
    }

    /// Binary search: a disk may have many ranges.
    static func isWritten(_ block: Int, _ ranges: [Range<Int>]) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound <= block { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(block)
    }
}
