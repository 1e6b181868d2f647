import Crypto
import Foundation
import HostSystem

/// An Ed25519 key that signatures are checked with, of minisign or of OpenSSH.
public struct PublicKey: Sendable, Equatable {
    /// Whose form its file and its signatures have.
    public enum Form: String, Sendable, Codable {
        case minisign
        case ssh
    }

    /// 32 of them.
    let bytes: [UInt8]
    /// The eight bytes by which minisign's signatures say which key made them; nil: OpenSSH's hold the key itself.
    let number: [UInt8]?
    public let comment: String

    public var form: Form { number == nil ? .ssh : .minisign }

    /// As `ssh-keygen -l` shows an ssh key; of a minisign key the same sum over the same 32 bytes.
    public var fingerprint: String {
        let digest = Data(SHA256.hash(data: blob)).base64EncodedString()
        return "SHA256:\(digest.prefix { $0 != "=" })"
    }

    /// As minisign shows it: 16 hexadecimal digits, the last byte first.
    public var identifier: String? { number.map { $0.reversed().hexadecimal.uppercased() } }

    /// What people compare: "minisign key 0C0F… SHA256:…".
    public var title: String {
        "\(form.rawValue) key \(identifier.map { "\($0) " } ?? "")\(fingerprint)"
    }

    /// The line by which others can know the key.
    public var line: String {
        guard let number else { return "ssh-ed25519 \(Data(blob).base64EncodedString())" }
        return Data(Array("Ed".utf8) + number + bytes).base64EncodedString()
    }

    /// The content of its file.
    public var text: String {
        guard let identifier else { return "\(line)\(comment.isEmpty ? "" : " \(comment)")\n" }
        return "untrusted comment: minisign public key \(identifier)\n\(line)\n"
    }

    /// The key as OpenSSH writes it in files and signatures.
    var blob: [UInt8] { Wire.string(Self.sshType) + Wire.string(bytes) }

    static let sshType = "ssh-ed25519"

    func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
        return key.isValidSignature(signature, for: message)
    }

    /// Whether another is the same key, in whatever form.
    func isSame(as other: PublicKey) -> Bool { bytes == other.bytes && number == other.number }
}
