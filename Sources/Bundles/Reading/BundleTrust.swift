import Failures

/// Whose bundles are used.
public struct BundleTrust: Sendable {
    public var keys: [PublicKey]
    /// Whether a bundle is used that nobody has signed, or a key that is not among these.
    public var allowsUnsigned: Bool

    public init(keys: [PublicKey], allowsUnsigned: Bool = false) {
        (self.keys, self.allowsUnsigned) = (keys, allowsUnsigned)
    }
}

/// Who signed a bundle, as far as that is known.
public enum BundleSigner: Sendable, Equatable {
    case trusted(PublicKey)
    /// A key that is not trusted, so that anybody may have made the bundle.
    case unknown(String)
    case nobody
}

extension BundleTrust {
    /// - Throws: `BundleFailure`: `untrusted`, or `damaged` where a trusted key has signed something else.
    func signer(_ signature: [UInt8]?, of message: [UInt8], named name: String) throws(BundleFailure) -> BundleSigner {
        guard let signature else {
            guard allowsUnsigned else {
                throw BundleFailure(
                    .untrusted, "\(name) has no signature: anybody may have made it",
                    hint: "ask for a signed bundle, or give --insecure-unsigned")
            }
            return .nobody
        }
        let parsed = try DetachedSignature(signature, name: "\(name).sig")
        if let key = try parsed.signer(of: message, named: name, among: keys) { return .trusted(key) }
        guard allowsUnsigned else {
            throw BundleFailure(
                .untrusted, "\(name) is signed by the \(parsed.keyTitle), which is not trusted here",
                hint: "compare it with what its owner says, then kiln key trust FILE, or --key FILE")
        }
        return .unknown(parsed.keyTitle)
    }
}
