import Failures
import HostSystem

/// Where a bundle's files come from, one after the other in the index's order.
///
/// What is not as the index says is a `BundleFailure` `damaged`.
protocol BundleContainer: AnyObject {
    /// `bundle.json` and its signature, where there is one. Comes first.
    func head() throws(BundleFailure) -> (index: [UInt8], signature: [UInt8]?)
    /// Called once the signature is known to be good (or not to matter).
    func use(_ index: BundleIndex) throws(BundleFailure)
    func begin(_ member: BundleIndex.Member) throws(BundleFailure)
    /// Fills the whole buffer with what comes next of the member.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleFailure)
    /// What is after the member is as it should be.
    func end(_ member: BundleIndex.Member) throws(BundleFailure)
    /// There is nothing more.
    func finish() throws(BundleFailure)
    /// Something was wrong: says which file of several is to blame, where that can be known.
    func blame() throws(BundleFailure)
}

extension BundleContainer {
    func blame() throws(BundleFailure) {}
}

/// Bytes in a row: of a file, or of parts one after the other.
protocol ByteSource: AnyObject {
    /// - Returns: fewer bytes than there is room for at the end only.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleFailure) -> Int
    func blame() throws(BundleFailure)
}

extension InputFile {
    /// A small file.
    ///
    /// - Throws: `BundleFailure` `damaged` where it is longer than `longest`.
    func whole(longest: Int) throws(BundleFailure) -> [UInt8] {
        guard size <= Int64(longest) else {
            throw BundleFailure(.damaged, "\(path) has \(size) bytes, and cannot have more than \(longest)")
        }
        let (bytes, count) = try filled(Int(size)) { (buffer) throws(BundleFailure) in
            try onHost { () throws(HostFailure) in try read(into: buffer) }
        }
        guard count == bytes.count else { throw BundleFailure(.damaged, "\(path) was cut short while it was read") }
        return bytes
    }
}

/// Bytes that a call fills, and how many of them it did.
func filled(
    _ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws(BundleFailure) -> Int
) throws(BundleFailure) -> ([UInt8], Int) {
    var bytes = [UInt8](repeating: 0, count: count)
    let result = bytes.withUnsafeMutableBytes { buffer in
        Result { () throws(BundleFailure) in try body(buffer) }
    }
    return (bytes, try result.get())
}
