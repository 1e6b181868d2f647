import Crypto

/// What is known of a disk before it is read.
struct DiskSurvey: Sendable {
    /// Bytes that are stored.
    let stored: Int
    /// Follows from where the disk has data: the same for the same image every time.
    let fingerprint: [UInt8]

    init(of disk: any DiskSource) throws(ExportFailure) {
        var hash = SHA256()
        func note(_ number: Int) {
            withUnsafeBytes(of: UInt64(number).littleEndian) { hash.update(bufferPointer: $0) }
        }
        var stored = 0
        note(disk.virtualSize)
        try disk.forEachStored { range in
            stored += range.count
            note(range.lowerBound)
            note(range.upperBound)
        }
        self.stored = stored
        fingerprint = Array(hash.finalize())
    }

    /// The fingerprint as a number for a VMDK, which means something else by two of them.
    var contentID: UInt32 {
        let head = fingerprint.prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        return head == 0 || head == .max ? 1 : head
    }
}
