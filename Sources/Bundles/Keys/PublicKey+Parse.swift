public import Failures
import Foundation
import HostSystem
public import SystemPackage

extension PublicKey {
    /// Reads a public key's file: minisign's, or OpenSSH's of an Ed25519 key.
    ///
    /// - Throws: `BundleFailure`: `noKey` where there is no such file, `unsuitableKey` with what is wrong with it.
    public init(file: FilePath) throws(BundleFailure) {
        self = try Self.parse(String(decoding: try KeyFile.read(file), as: UTF8.self), name: file.string)
    }

    static func parse(_ text: String, name: String) throws(BundleFailure) -> PublicKey {
        if text.contains("PRIVATE KEY") || text.contains("secret key") {
            throw BundleFailure(
                .unsuitableKey, "\(name) is a private key, which nobody else should have",
                hint: "give the public one: its name ends in .pub")
        }
        let lines = text.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        let line = lines.first { !$0.isEmpty && !$0.hasPrefix("untrusted comment:") && !$0.hasPrefix("#") } ?? ""
        let words = line.split(separator: " ", maxSplits: 2).map(String.init)
        if let type = words.first, words.count > 1, type.contains("-") || type.contains("@") {
            guard type == sshType else {
                throw BundleFailure(
                    .unsuitableKey, "\(name) is a key of type \(type), and Kiln takes Ed25519 keys",
                    hint: "ssh-keygen -t ed25519, or kiln key new")
            }
            if let key = ssh(words[1], comment: words.count > 2 ? words[2] : "") { return key }
        } else if words.count == 1, let key = minisign(line) {
            return key
        }
        throw BundleFailure(
            .unsuitableKey, "\(name) is not a public key of minisign or of OpenSSH",
            hint: "a file such as minisign.pub or id_ed25519.pub")
    }

    private static func ssh(_ text: String, comment: String) -> PublicKey? {
        Data(base64Encoded: text).flatMap { PublicKey(blob: Array($0), comment: comment) }
    }

    /// - Parameter blob: as `blob` gives it.
    init?(blob: [UInt8], comment: String = "") {
        var reader = WireReader(blob)
        guard reader.text() == Self.sshType, let bytes = reader.string(), bytes.count == 32, reader.isAtEnd else {
            return nil
        }
        (self.bytes, number, self.comment) = (bytes, nil, comment)
    }

    private static func minisign(_ text: String) -> PublicKey? {
        guard let data = Data(base64Encoded: text), data.count == 42, data.starts(with: "Ed".utf8) else { return nil }
        let bytes = Array(data)
        return PublicKey(bytes: Array(bytes[10...]), number: Array(bytes[2..<10]), comment: "")
    }
}

/// Files of keys, which are small.
enum KeyFile {
    static func read(_ file: FilePath) throws(BundleFailure) -> [UInt8] {
        do {
            return try Folders.read(file)
        } catch  where error.code == .notFound {
            throw BundleFailure(.noKey, "there is no key \(file)", hint: "kiln key ls; kiln key new", cause: error)
        } catch {
            throw BundleFailure(error)
        }
    }
}
