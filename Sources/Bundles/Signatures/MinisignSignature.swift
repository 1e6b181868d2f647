import Failures
import Foundation

/// A signature as minisign writes it (its man page, SIGNATURE FORMAT): over the file's BLAKE2b-512, and a second one over the
/// first and a comment.
///
/// Only the one spelling of it is taken that minisign and Kiln write, so that no byte of its file can be another.
struct MinisignSignature {
    /// "ED" signs the hash; "Ed", which `minisign -l` still writes, the file itself.
    private var kind: [UInt8]
    let number: [UInt8]
    private let signature: [UInt8]
    private let remark: String
    private let comment: String
    private let whole: [UInt8]

    private static let (untrusted, trusted) = ("untrusted comment: ", "trusted comment: ")
    private static let (hashed, plain) = (Array("ED".utf8), Array("Ed".utf8))
    /// What no signature covers has to be one of these.
    private static let remarks = ["signature from minisign secret key", "signature from kiln secret key"]

    /// Signs a file.
    ///
    /// The comment has no time: the same file and key give the same signature.
    init(of message: [UInt8], file: String, by key: PrivateKey) throws(BundleFailure) {
        kind = Self.hashed
        number = key.publicKey.number ?? []
        signature = try key.signature(of: Blake2b.hash(message, length: 64))
        remark = Self.remarks[1]
        comment = "file:\(file)\thashed"
        whole = try key.signature(of: signature + Array(comment.utf8))
    }

    /// - Returns: nil where it is none, or is spelled in another way.
    init?(_ text: String) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count == 5, lines[0].hasPrefix(Self.untrusted), lines[2].hasPrefix(Self.trusted),
            let first = Data(base64Encoded: lines[1]), first.count == 74,
            let second = Data(base64Encoded: lines[3]), second.count == 64
        else { return nil }
        let bytes = Array(first)
        (kind, number, signature) = (Array(bytes[..<2]), Array(bytes[2..<10]), Array(bytes[10...]))
        remark = String(lines[0].dropFirst(Self.untrusted.count))
        comment = String(lines[2].dropFirst(Self.trusted.count))
        whole = Array(second)
        guard [Self.hashed, Self.plain].contains(kind), Self.remarks.contains(remark),
            self.text.utf8.elementsEqual(text.utf8)
        else { return nil }
    }

    var text: String {
        let first = Data(kind + number + signature).base64EncodedString()
        return "\(Self.untrusted)\(remark)\n\(first)\n\(Self.trusted)\(comment)\n\(Data(whole).base64EncodedString())\n"
    }

    func isValid(for message: [UInt8], by key: PublicKey) -> Bool {
        key.verifies(signature, of: kind == Self.hashed ? Blake2b.hash(message, length: 64) : message)
            && key.verifies(whole, of: signature + Array(comment.utf8))
    }
}
