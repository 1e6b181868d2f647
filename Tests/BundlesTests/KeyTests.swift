import Failures
import Foundation
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Bundles

@Suite struct KeyTests {
    private func mode(_ file: FilePath) -> UInt32 {
        var information = stat()
        return stat(file.string, &information) == 0 ? information.st_mode & 0o777 : 0
    }

    private func refusal(_ text: String, mode: UInt32 = 0o600, _ folder: FilePath) throws -> BundleFailure? {
        let file = folder.appending("k-\(UInt32.random(in: 0 ... .max))")
        try DurableFile.write(Array(text.utf8), to: file, permissions: mode)
        return #expect(throws: BundleFailure.self) { try PrivateKey.read(file) }
    }

    @Test("A new key is its owner's alone and never overwritten; others' keys are trusted once, under free names")
    func store() async throws {
        try await withScratchFolder { folder in
            let store = KeyStore(folder: folder.appending("config"))
            #expect(try store.entries().isEmpty)
            #expect(#expect(throws: BundleFailure.self) { try store.signingKey(nil) }?.code == .noKey)
            let one = try store.make("one")
            let secret = folder.appending("config/keys/one.key")
            #expect(mode(secret) == 0o600)
            #expect(mode(folder.appending("config/keys")) == 0o700)
            let before = try Folders.read(secret)
            #expect(#expect(throws: BundleFailure.self) { try store.make("one") }?.code == .nameTaken)
            // Not even where its public half has gone.
            try Folders.remove(one.file)
            #expect(#expect(throws: BundleFailure.self) { try store.make("one") }?.code == .nameTaken)
            #expect(try Folders.read(secret) == before)
            try write(one.key.text, to: one.file)
            for name in ["", "a/b", "..", "Ab", ".x", "x y"] {
                #expect(#expect(throws: BundleFailure.self) { try store.make(name) }?.code == .invalidName)
            }

            let other = KeyStore(folder: folder.appending("other"))
            let trusted = try other.trust(one.file)
            #expect(trusted.name == "one" && !trusted.isOwn)
            #expect(try other.trust(one.file, as: "again").name == "one")
            #expect(try other.trustedKeys(nil).map(\.fingerprint) == [one.key.fingerprint])
            let two = try store.make("two")
            try write(two.key.text, to: folder.appending("one.pub"))
            #expect(
                #expect(throws: BundleFailure.self) { try other.trust(folder.appending("one.pub")) }?.code == .nameTaken
            )
            #expect(
                #expect(throws: BundleFailure.self) { try store.signingKey(nil) }?.message.contains("one, two") == true)
            #expect(try store.signingKey("two").publicKey == two.key)
            #expect(try store.trustedKeys("two") == [two.key])
            #expect(try store.trustedKeys(folder.appending("one.pub").string) == [two.key])
            #expect(#expect(throws: BundleFailure.self) { try store.trustedKeys("three") }?.code == .noKey)
            #expect(
                #expect(throws: BundleFailure.self) { try other.trust(secret) }?.message.contains("private") == true)
            #expect(!"\(try store.signingKey("two"))".contains("rawRep"))
            var shown = ""
            dump(try store.signingKey("two"), to: &shown)
            #expect(shown.contains("private key of minisign key"))
        }
    }

    @Test("A key that cannot sign is refused with the reason")
    func refusals() async throws {
        try await withScratchFolder { folder in
            func make(_ type: String, _ name: String, passphrase: String = "") async throws -> FilePath {
                let file = folder.appending(name)
                try await run("ssh-keygen", "-q", "-t", type, "-N", passphrase, "-f", file.string)
                return file
            }
            let good = try await make("ed25519", "good")
            let encrypted = try await make("ed25519", "encrypted", passphrase: "correct horse")
            let ecdsa = try await make("ecdsa", "ecdsa")
            let locked = #expect(throws: BundleFailure.self) { try PrivateKey.read(encrypted) }
            #expect(locked?.code == .unsuitableKey && locked?.message.contains("passphrase") == true)
            let kind = #expect(throws: BundleFailure.self) { try PrivateKey.read(ecdsa) }
            #expect(kind?.message.contains("ecdsa-sha2-nistp256") == true)
            let half = #expect(throws: BundleFailure.self) { try PrivateKey.read(FilePath("\(good).pub")) }
            #expect(half?.message.contains("is a public key") == true)
            #expect(throws: BundleFailure.self) { try PublicKey(file: FilePath("\(ecdsa).pub")) }
            #expect(throws: BundleFailure.self) { try PublicKey(file: good) }
            #expect(#expect(throws: BundleFailure.self) { try PrivateKey.read("/nowhere/key") }?.code == .noKey)

            let text = try read(good)
            #expect(try refusal(text, mode: 0o644, folder)?.hint?.contains("chmod 600") == true)
            #expect(try refusal("", folder)?.message.contains("is not a private Ed25519 key") == true)
            // A byte of the private part: the halves do not fit any more.
            let lines = text.split(separator: "\n").map(String.init)
            var body = Array(try #require(Data(base64Encoded: lines.dropFirst().dropLast().joined())))
            body[170] ^= 1
            let damaged = [lines[0], Data(body).base64EncodedString(), lines[lines.count - 1]].joined(separator: "\n")
            #expect(try refusal(damaged, folder)?.message.contains("damaged") == true)

            let own = PrivateKey.make().minisignText
            #expect(try refusal(own.replacing("RW", with: "QW"), folder) != nil)
            var bytes = Array(try #require(Data(base64Encoded: String(own.split(separator: "\n")[1]))))
            bytes[70] ^= 1
            #expect(
                try refusal("untrusted comment: x\n\(Data(bytes).base64EncodedString())\n", folder)?.message
                    .contains("damaged") == true)
            bytes[70] ^= 1
            bytes.replaceSubrange(2..<4, with: "Sc".utf8)
            let password = try refusal("untrusted comment: x\n\(Data(bytes).base64EncodedString())\n", folder)
            #expect(password?.message.contains("password") == true)
        }
    }
}
