import Crypto
import Failures
import Foundation

/// minisign's file of a secret key (its man page, SIGNATURE FORMAT): two bytes each that name the kinds of signature,
/// password function and check; the password function's salt and limits, 48 bytes; then the key's number, the seed with the
/// public key, and BLAKE2b over all that.
extension PrivateKey {
    private static let (head, password) = (6, 48)
    private static let length = head + password + 8 + 64 + 32

    static func minisign(_ text: String, name: String) throws(BundleFailure) -> PrivateKey {
        let lines = text.split(whereSeparator: \.isNewline)
        guard lines.count == 2, let data = Data(base64Encoded: String(lines[1])), data.count == length,
            data.starts(with: "Ed".utf8)
        else { throw BundleFailure(.unsuitableKey, "\(name) is damaged: no secret key of minisign has this form") }
        let bytes = Array(data)
        guard bytes[2..<4].elementsEqual([0, 0]) else {
            throw BundleFailure(
                .unsuitableKey, "the key \(name) is encrypted with a password, and Kiln asks for none",
                hint: "kiln key new, or a key of `minisign -G -W`")
        }
        let secret = Array(bytes[(head + password)...])
        let (number, seed, own, check) = (secret[..<8], secret[8..<40], secret[40..<72], secret[72...])
        // minisign leaves the check out of a key without a password; the two halves check each other.
        guard check.allSatisfy({ $0 == 0 }) || check.elementsEqual(sum(number, Array(seed + own))),
            let key = PrivateKey(seed: seed, bytes: own, number: Array(number))
        else { throw BundleFailure(.unsuitableKey, "\(name) is damaged: its parts do not fit each other") }
        return key
    }

    /// The content of its file.
    var minisignText: String {
        let number = publicKey.number ?? []
        let secret = Array(key.rawRepresentation) + publicKey.bytes
        let bytes =
            Array("Ed".utf8) + [0, 0] + Array("B2".utf8) + [UInt8](repeating: 0, count: Self.password) + number + secret
            + Self.sum(number[...], secret)
        return "untrusted comment: minisign secret key\n\(Data(bytes).base64EncodedString())\n"
    }

    private static func sum(_ number: ArraySlice<UInt8>, _ secret: [UInt8]) -> [UInt8] {
        Blake2b.hash(Array("Ed".utf8) + number + secret, length: 32)
    }
}
