import Failures
import Foundation

/// OpenSSH's file of a private key (its PROTOCOL.key): names of the encryption, the public key, and the private part with
/// two equal numbers before it and 1, 2, 3… after it.
extension PrivateKey {
    private static let magic = Array("openssh-key-v1\0".utf8)

    static func openSSH(_ text: String, name: String) throws(BundleFailure) -> PrivateKey {
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        let body = lines.filter { !$0.isEmpty && !$0.hasPrefix("-----") }.joined()
        let damaged = BundleFailure(.unsuitableKey, "\(name) is damaged: no private key of OpenSSH has this form")
        guard let data = Data(base64Encoded: body), data.starts(with: magic) else { throw damaged }
        var reader = WireReader(data.dropFirst(magic.count))
        guard let cipher = reader.text(), reader.text() != nil, reader.string() != nil, let count = reader.number(),
            let blob = reader.string(), let rest = reader.string()
        else { throw damaged }
        var kind = WireReader(blob)
        guard let type = kind.text(), count == 1 else { throw damaged }
        guard type == PublicKey.sshType else {
            throw BundleFailure(
                .unsuitableKey, "\(name) is a key of type \(type), and Kiln signs with Ed25519 keys",
                hint: "ssh-keygen -t ed25519, or kiln key new")
        }
        guard cipher == "none" else {
            throw BundleFailure(
                .unsuitableKey, "the key \(name) is encrypted with a passphrase, and Kiln asks for none",
                hint: "kiln key new, or a key without one: ssh-keygen -t ed25519 -N ''")
        }
        var part = WireReader(rest)
        guard let one = part.number(), one == part.number(), part.text() == type, let bytes = part.string(),
            let secret = part.string(), secret.count == 64, secret[32...].elementsEqual(bytes),
            let comment = part.text(), PublicKey(blob: blob)?.bytes == bytes,
            let key = PrivateKey(seed: secret[..<32], bytes: bytes, number: nil, comment: comment)
        else { throw damaged }
        return key
    }
}
