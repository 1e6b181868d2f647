import Crypto
import FoundationEssentials

/// Which blocks of a volume are stored, with their digests.
struct BlockLedger: Sendable {
    static let digestSize = 32

    private var digests: [UInt8]
    private var isStored: [Bool]
    private(set) var count = 0

    /// - Parameter blocks: of the volume.
    init(blocks: Int) {
        digests = [UInt8](repeating: 0, count: blocks * Self.digestSize)
        isStored = [Bool](repeating: false, count: blocks)
    }

    func contains(_ block: Int) -> Bool { isStored.indices.contains(block) && isStored[block] }

    /// - Returns: false for what is no block of the volume, or no digest.
    @discardableResult
    mutating func store(_ block: Int, _ digest: [UInt8]) -> Bool {
        guard isStored.indices.contains(block), digest.count == Self.digestSize else { return false }
        if !isStored[block] { count += 1 }
        isStored[block] = true
        digests.replaceSubrange(block * Self.digestSize..<(block + 1) * Self.digestSize, with: digest)
        return true
    }

    /// SHA-256 over the digests of the stored blocks in ascending order: the service's LINEAR checksum.
    var checksum: [UInt8] {
        var hash = SHA256()
        for block in isStored.indices where isStored[block] {
            hash.update(data: digests[block * Self.digestSize..<(block + 1) * Self.digestSize])
        }
        return Array(hash.finalize())
    }

    var stored: [(block: Int, digest: [UInt8])] {
        isStored.indices.filter { isStored[$0] }.map {
            ($0, Array(digests[$0 * Self.digestSize..<($0 + 1) * Self.digestSize]))
        }
    }
}
