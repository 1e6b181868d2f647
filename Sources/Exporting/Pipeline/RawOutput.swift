import Failures
import Glibc
import HostSystem

/// Writes a raw disk: what is zeros stays a hole. Its digest is `RawDigest`'s matter.
final class RawOutput: DiskOutput, @unchecked Sendable {
    let format: Artifact.Format? = nil
    private let draft: Draft

    init(_ draft: Draft, virtualSize: Int) throws(HostFailure) {
        self.draft = draft
        guard ftruncate(draft.descriptor, off_t(virtualSize)) == 0 else {
            throw .systemCall("cannot make \(draft.path) \(virtualSize) bytes long", errno: errno)
        }
    }

    func take(_ chunk: DiskChunk, while going: () -> Bool) throws(HostFailure) {
        for range in chunk.storedRanges {
            try draft.write(UnsafeRawBufferPointer(rebasing: chunk.data[range]), at: chunk.offset + range.lowerBound)
        }
    }

    func finish(while going: () -> Bool) throws(HostFailure) -> OutputDigest? {
        try draft.sync()
        return nil
    }
}
