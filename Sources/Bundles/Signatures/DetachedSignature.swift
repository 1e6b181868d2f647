import Failures

/// A signature beside the file that it is of, in the form of the key that made it.
enum DetachedSignature {
    case minisign(MinisignSignature)
    case ssh(SSHSignature)

    /// No signature of either form is as long.
    static let longest = 16 << 10

    /// - Parameter file: the name of what is signed.
    static func sign(_ message: [UInt8], file: String, by key: PrivateKey) throws(BundleFailure) -> [UInt8] {
        switch key.publicKey.form {
        case .minisign: Array(try MinisignSignature(of: message, file: file, by: key).text.utf8)
        case .ssh: Array(try SSHSignature(of: message, by: key).text.utf8)
        }
    }

    init(_ bytes: [UInt8], name: String) throws(BundleFailure) {
        // Decoding replaces what is no UTF-8, and both forms compare the text with what they would write themselves.
        let text = String(decoding: bytes, as: UTF8.self)
        if text.utf8.elementsEqual(bytes) {
            if let signature = MinisignSignature(text) {
                self = .minisign(signature)
                return
            }
            if let signature = SSHSignature(text) {
                self = .ssh(signature)
                return
            }
        }
        throw BundleFailure(
            .damaged,
            "\(name) is not a signature as minisign or ssh-keygen (namespace \(SSHSignature.namespace)) writes it",
            hint: "get the bundle again; a signature of minisign has to be made without -c")
    }

    /// The key that made it, if that is one of these.
    ///
    /// - Throws: `BundleFailure`: `damaged` where the key is known and the message is not what it has signed.
    func signer(of message: [UInt8], named name: String, among keys: [PublicKey]) throws(BundleFailure) -> PublicKey? {
        let candidates = keys.filter { key in
            switch self {
            case .minisign(let signature): key.number == signature.number
            case .ssh(let signature): key.number == nil && key.bytes == signature.key.bytes
            }
        }
        guard let first = candidates.first else { return nil }
        for key in candidates {
            switch self {
            case .minisign(let signature): if signature.isValid(for: message, by: key) { return key }
            case .ssh(let signature): if signature.isValid(for: message, by: key) { return key }
            }
        }
        throw BundleFailure(
            .damaged, "\(name) is not what the \(first.title) has signed: it or its signature was changed",
            hint: "get the bundle again, from whoever signed it")
    }

    /// The key as far as the signature tells it.
    var keyTitle: String {
        switch self {
        case .minisign(let signature):
            "minisign key \(PublicKey(bytes: [], number: signature.number, comment: "").identifier ?? "")"
        case .ssh(let signature): signature.key.title
        }
    }
}
