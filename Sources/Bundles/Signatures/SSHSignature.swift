import Crypto
import Failures
import Foundation

/// A signature as `ssh-keygen -Y sign` writes it (OpenSSH's PROTOCOL.sshsig), in the namespace of Kiln's bundles.
///
/// Only the one spelling of it is taken that OpenSSH and Kiln write, so that no byte of its file can be another.
struct SSHSignature {
    /// What keeps a signature that was made for something else from counting here.
    static let namespace = "kiln-bundle"

    let key: PublicKey
    private let hash: String
    private let signature: [UInt8]

    private static let (begin, end) = ("-----BEGIN SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\n")
    private static let magic = Array("SSHSIG".utf8)
    private static let width = 70

    init(of message: [UInt8], by key: PrivateKey) throws(BundleFailure) {
        self.key = key.publicKey
        hash = "sha512"
        signature = try key.signature(of: Self.signed(message, hash) ?? [])
    }

    /// - Returns: nil where it is none of an Ed25519 key in the namespace, or is spelled in another way.
    init?(_ text: String) {
        guard text.hasPrefix(Self.begin), text.hasSuffix(Self.end) else { return nil }
        let body = text.dropFirst(Self.begin.count).dropLast(Self.end.count).filter { $0 != "\n" }
        guard let data = Data(base64Encoded: String(body)) else { return nil }
        var reader = WireReader(data)
        guard reader.take(6) == Self.magic, reader.number() == 1, let blob = reader.string(),
            let key = PublicKey(blob: blob), reader.text() == Self.namespace, reader.string() == [],
            let hash = reader.text(), Self.signed([], hash) != nil, let wrapped = reader.string(), reader.isAtEnd
        else { return nil }
        var inner = WireReader(wrapped)
        guard inner.text() == PublicKey.sshType, let signature = inner.string(), inner.isAtEnd else { return nil }
        (self.key, self.hash, self.signature) = (key, hash, signature)
        guard self.text.utf8.elementsEqual(text.utf8) else { return nil }
    }

    var text: String {
        let bytes =
            Self.magic + Wire.number(1) + Wire.string(key.blob) + Wire.string(Self.namespace) + Wire.string("")
            + Wire.string(hash) + Wire.string(Wire.string(PublicKey.sshType) + Wire.string(signature))
        let body = Array(Data(bytes).base64EncodedString().utf8)
        let lines = stride(from: 0, to: body.count, by: Self.width).map {
            String(decoding: body[$0..<min($0 + Self.width, body.count)], as: UTF8.self)
        }
        return Self.begin + lines.map { "\($0)\n" }.joined() + Self.end
    }

    func isValid(for message: [UInt8], by key: PublicKey) -> Bool {
        Self.signed(message, hash).map { key.verifies(signature, of: $0) } ?? false
    }

    /// What is signed in a message's stead; nil where the hash is none of OpenSSH's.
    private static func signed(_ message: [UInt8], _ hash: String) -> [UInt8]? {
        let digest: [UInt8]
        switch hash {
        case "sha512": digest = Array(SHA512.hash(data: message))
        case "sha256": digest = Array(SHA256.hash(data: message))
        default: return nil
        }
        return magic + Wire.string(namespace) + Wire.string("") + Wire.string(hash) + Wire.string(digest)
    }
}
