import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Bundles

/// Signatures against the programs whose forms they have.
@Suite struct SignatureTests {
    private let message = Array("{\"format\": \"kiln-bundle\"}\n".utf8)

    private func sshKey(_ folder: FilePath, _ name: String = "id") async throws -> FilePath {
        let file = folder.appending(name)
        try await run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "me@here", "-f", file.string)
        return file
    }

    private func verifyBySSH(_ folder: FilePath, _ key: PublicKey, _ input: FilePath) async throws -> Int32 {
        try write("me \(key.line)\n", to: folder.appending("allowed"))
        return try await HostCommand(
            "sh",
            [
                "-c", "ssh-keygen -Y verify -f allowed -I me -n kiln-bundle -s bundle.json.sig <\"$1\"", "sh",
                input.string,
            ], workingDirectory: folder
        ).output().status
    }

    @Test("ssh-keygen verifies what Kiln has signed with an ssh key, and Kiln what ssh-keygen has")
    func ssh() async throws {
        try await withScratchFolder { folder in
            let file = try await sshKey(folder)
            let key = try PrivateKey.read(file)
            let listed = try await run("ssh-keygen", "-l", "-f", "\(file).pub")
            #expect(listed.contains(key.publicKey.fingerprint))
            #expect(key.publicKey.comment == "me@here")
            let trusted = try PublicKey(file: FilePath("\(file).pub"))
            #expect(trusted == key.publicKey)

            let input = folder.appending("bundle.json")
            try DurableFile.write(message, to: input)
            let signature = try DetachedSignature.sign(message, file: "bundle.json", by: key)
            try DurableFile.write(signature, to: folder.appending("bundle.json.sig"))
            #expect(try await verifyBySSH(folder, key.publicKey, input) == 0)
            // The judge does find faults.
            let other = folder.appending("other")
            try DurableFile.write(message + [0], to: other)
            #expect(try await verifyBySSH(folder, key.publicKey, other) != 0)

            for hash in ["sha512", "sha256"] {
                try Folders.remove(FilePath("\(input).sig"))
                try await run(
                    "ssh-keygen", "-Y", "sign", "-q", "-f", file.string, "-n", "kiln-bundle", "-O", "hashalg=\(hash)",
                    input.string)
                let theirs = try DetachedSignature(try Folders.read(FilePath("\(input).sig")), name: "s")
                #expect(try theirs.signer(of: message, named: "m", among: [trusted]) == trusted)
                if hash == "sha512" { #expect(try Folders.read(FilePath("\(input).sig")) == signature) }
            }
            // Signed for something else.
            try Folders.remove(FilePath("\(input).sig"))
            try await run("ssh-keygen", "-Y", "sign", "-q", "-f", file.string, "-n", "file", input.string)
            let foreign = try Folders.read(FilePath("\(input).sig"))
            #expect(throws: BundleFailure.self) { try DetachedSignature(foreign, name: "s") }
        }
    }

    @Test("minisign verifies what Kiln has signed with a key of its own, and Kiln what minisign has")
    func minisign() async throws {
        try await withScratchFolder { folder in
            let store = KeyStore(folder: folder.appending("config"))
            let entry = try store.make("mine")
            let secret = folder.appending("config/keys/mine.key")
            let key = try store.signingKey(nil)
            let input = folder.appending("bundle.json")
            try DurableFile.write(message, to: input)
            let signature = try DetachedSignature.sign(message, file: "bundle.json", by: key)
            let place = folder.appending("bundle.json.sig")
            try DurableFile.write(signature, to: place)
            func verify(_ file: FilePath, _ key: FilePath = entry.file) async throws -> HostCommand.Output {
                try await HostCommand(
                    "minisign", ["-V", "-H", "-m", file.string, "-x", place.string, "-p", key.string]
                ).output()
            }
            let verified = try await verify(input)
            #expect(verified.status == 0, "\(verified)")
            let other = folder.appending("other")
            try DurableFile.write(message + [0], to: other)
            #expect(try await verify(other).status != 0)

            // minisign signs with Kiln's key, and Kiln with one of minisign's.
            try await run("minisign", "-S", "-m", input.string, "-s", secret.string, "-x", place.string)
            let theirs = try DetachedSignature(try Folders.read(place), name: "s")
            #expect(try theirs.signer(of: message, named: "m", among: [entry.key])?.identifier == entry.key.identifier)
            try await run("minisign", "-S", "-l", "-m", input.string, "-s", secret.string, "-x", place.string)
            let plain = try DetachedSignature(try Folders.read(place), name: "s")
            #expect(try plain.signer(of: message, named: "m", among: [entry.key]) != nil)

            let (publicFile, own) = (folder.appending("m.pub"), folder.appending("m.key"))
            try await run("minisign", "-G", "-W", "-p", publicFile.string, "-s", own.string)
            let foreign = try PrivateKey.read(own)
            try DurableFile.write(try DetachedSignature.sign(message, file: "b", by: foreign), to: place)
            #expect(try await verify(input, publicFile).status == 0)
            #expect(try PublicKey(file: publicFile).isSame(as: foreign.publicKey))
        }
    }

    @Test("No byte of a signature can be another", arguments: [PublicKey.Form.minisign, .ssh])
    func everyByte(form: PublicKey.Form) async throws {
        try await withScratchFolder { folder in
            let key = form == .ssh ? try PrivateKey.read(try await sshKey(folder)) : PrivateKey.make()
            let signature = try DetachedSignature.sign(message, file: "bundle.json", by: key)
            func signer(_ bytes: [UInt8]) throws -> PublicKey? {
                try DetachedSignature(bytes, name: "s").signer(of: message, named: "m", among: [key.publicKey])
            }
            #expect(try signer(signature) != nil)
            for index in signature.indices {
                for change: UInt8 in [1, 0x20, 0x80] {
                    var changed = signature
                    changed[index] ^= change
                    // Thrown, or of a key that nobody knows.
                    #expect((try? signer(changed)) == nil, "byte \(index)")
                }
            }
            for changed in [signature + [10], Array(signature.dropLast()), [10] + signature, []] {
                #expect((try? signer(changed)) == nil)
            }
            #expect(try DetachedSignature(signature, name: "s").signer(of: message, named: "m", among: []) == nil)
            let stranger = PrivateKey.make().publicKey
            #expect(
                try DetachedSignature(signature, name: "s").signer(of: message, named: "m", among: [stranger]) == nil)
            // The same key and message give the same bytes.
            #expect(try DetachedSignature.sign(message, file: "bundle.json", by: key) == signature)
        }
    }
}
