import Crypto

/// What is known of a disk before it is read.
struct DiskSurvey: Sendable {
    /// Bytes that are stored.
    var stored = 0
    /// A number that follows from where the disk has data: the same for the same image every time.
    var fingerprint: UInt32

    init(of disk: any DiskSource) throws(ExportFailure) {
        var hash = SHA256()
        func note(_ number: Int) {
            withUnsafeBytes(of: UInt64(number).littleEndian) { hash.update(bufferPointer: $0) }
        }
        note(disk.virtualSize)
        var position = 0
        while let start = try disk.nextData(from: position) {
            position = try disk.run(at: start).end
            stored += position - start
            note(start)
            note(position)
        }
        let head = hash.finalize().prefix(4).reduce(0) { $0 << 8 | UInt32($1) }
        // The format means something else by these two.
        fingerprint = head == 0 || head == .max ? 1 : head
    }
}
