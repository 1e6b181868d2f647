import CSodium

/// BLAKE2b (RFC 7693), which minisign hashes with; swift-crypto has none.
enum Blake2b {
    /// - Parameter length: of the digest, 64 for a file that is signed, 32 for the check in a key's file.
    static func hash(_ bytes: [UInt8], length: Int) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: length)
        // It fails for lengths beyond 64 only.
        _ = crypto_generichash_blake2b(&digest, length, bytes, UInt64(bytes.count), nil, 0)
        return digest
    }
}
