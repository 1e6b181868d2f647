import Failures

/// A bundle as a tar archive. Every byte of it is compared: with the one form that a header can have, with zeros, or (the
/// members) with a digest.
final class TarContainer: BundleContainer {
    private let source: any ByteSource
    private let name: String
    /// The header that turned out to be no signature's.
    private var ahead: [UInt8]?

    init(_ source: any ByteSource, name: String) { (self.source, self.name) = (source, name) }

    func head() throws(BundleFailure) -> (index: [UInt8], signature: [UInt8]?) {
        let first = try take(TarHeader.block)
        guard first.starts(with: "\(BundleIndex.file)\0".utf8) else {
            throw BundleFailure(.damaged, "\(name) is not a bundle", hint: "give what `kiln bundle` has written")
        }
        let index = try file(BundleIndex.file, first, longest: BundleIndex.longest)
        let next = try take(TarHeader.block)
        guard next.starts(with: "\(BundleIndex.signatureFile)\0".utf8) else {
            ahead = next
            return (index, nil)
        }
        return (index, try file(BundleIndex.signatureFile, next, longest: DetachedSignature.longest))
    }

    private func file(_ path: String, _ header: [UInt8], longest: Int) throws(BundleFailure) -> [UInt8] {
        guard let size = TarHeader.size(of: header), (0...Int64(longest)).contains(size),
            TarHeader.encode(path, size: size) == header
        else { throw wrong("in the header of \(path)") }
        let bytes = try take(Int(size))
        try pad(size, after: path)
        return bytes
    }

    func use(_ index: BundleIndex) throws(BundleFailure) {}

    func begin(_ member: BundleIndex.Member) throws(BundleFailure) {
        let expected = TarHeader.encode(member.path, size: member.size)
        let found = try (ahead ?? []) + take(expected.count - (ahead?.count ?? 0))
        ahead = nil
        guard found == expected else { throw wrong("in the header of \(member.path), or has others") }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleFailure) {
        guard try source.read(into: buffer) == buffer.count else { throw short }
    }

    func end(_ member: BundleIndex.Member) throws(BundleFailure) { try pad(member.size, after: member.path) }

    private func pad(_ size: Int64, after path: String) throws(BundleFailure) {
        guard try take(TarHeader.padding(of: size)).allSatisfy({ $0 == 0 }) else {
            throw wrong("in the zeros after \(path)")
        }
    }

    func finish() throws(BundleFailure) {
        guard try take(TarHeader.end).allSatisfy({ $0 == 0 }) else { throw wrong("after its last member") }
        let (_, more) = try filled(1) { (buffer) throws(BundleFailure) in try source.read(into: buffer) }
        guard more == 0 else { throw wrong("after its end") }
    }

    func blame() throws(BundleFailure) { try source.blame() }

    private func take(_ count: Int) throws(BundleFailure) -> [UInt8] {
        let (bytes, found) = try filled(count) { (buffer) throws(BundleFailure) in try source.read(into: buffer) }
        guard found == count else { throw short }
        return bytes
    }

    private var short: BundleFailure {
        BundleFailure(.damaged, "\(name) was cut short", hint: "copy it again")
    }

    private func wrong(_ place: String) -> BundleFailure {
        BundleFailure(.damaged, "\(name) was changed \(place)", hint: "copy it again")
    }
}
