import Crypto
public import Failures
import Foundation
import Glibc
import HostSystem
public import SystemPackage

/// An Ed25519 key that signs, of minisign or of OpenSSH. However it is printed, it is not shown.
public struct PrivateKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let key: Curve25519.Signing.PrivateKey
    public let publicKey: PublicKey

    public var description: String { "private key of \(publicKey.title)" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    /// A new one, in minisign's form.
    static func make() -> PrivateKey {
        let key = Curve25519.Signing.PrivateKey()
        let number = (0..<8).map { _ in UInt8.random(in: 0 ... .max) }
        return PrivateKey(
            key: key, publicKey: PublicKey(bytes: Array(key.publicKey.rawRepresentation), number: number, comment: ""))
    }

    /// Reads a private key's file: minisign's (without a password), or OpenSSH's (Ed25519, not encrypted).
    ///
    /// - Throws: `BundleFailure`: `noKey`, `unsuitableKey` with what is wrong with it.
    public static func read(_ file: FilePath) throws(BundleFailure) -> PrivateKey {
        let text = String(decoding: try KeyFile.read(file), as: UTF8.self)
        let name = file.string
        let key: PrivateKey
        if text.contains("-----BEGIN OPENSSH PRIVATE KEY-----") {
            key = try openSSH(text, name: name)
        } else if text.hasPrefix("untrusted comment:"), !text.contains("public key") {
            key = try minisign(text, name: name)
        } else {
            let isPublic = text.hasPrefix("ssh-") || text.hasPrefix("untrusted comment:")
            throw BundleFailure(
                .unsuitableKey,
                isPublic
                    ? "\(name) is a public key, and signing takes the private one"
                    : "\(name) is not a private Ed25519 key of minisign or of OpenSSH",
                hint: isPublic ? "its file has the same name without .pub" : "kiln key new, or ssh-keygen -t ed25519")
        }
        var information = stat()
        guard stat(name, &information) == 0, information.st_mode & 0o077 == 0 else {
            throw BundleFailure(
                .unsuitableKey, "others than its owner may read the private key \(name)", hint: "chmod 600 \(name)")
        }
        return key
    }

    func signature(of message: [UInt8]) throws(BundleFailure) -> [UInt8] {
        do { return Array(try key.signature(for: message)) } catch {
            throw BundleFailure(.failed, "cannot sign: \(error)", cause: error)
        }
    }

    /// - Parameter seed: 32 bytes, of which the public ones are made; `bytes` are those that the file has.
    init?(seed: some Collection<UInt8>, bytes: some Sequence<UInt8>, number: [UInt8]?, comment: String = "") {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: Array(seed)),
            key.publicKey.rawRepresentation.elementsEqual(bytes)
        else { return nil }
        self.key = key
        publicKey = PublicKey(bytes: Array(bytes), number: number, comment: comment)
    }

    private init(key: Curve25519.Signing.PrivateKey, publicKey: PublicKey) {
        (self.key, self.publicKey) = (key, publicKey)
    }
}
