import Crypto
import Failures
import Foundation
import Glibc
import HostSystem
import Synchronization
import SystemPackage

/// Seals values with a key that is beside the database and not in it: a copy of the database alone gives nothing away.
///
/// ChaCha20-Poly1305. Each value is bound to its place: moved to another one in the database, it cannot be opened.
final class SecretBox: Sendable {
    private let file: FilePath
    /// As soon as it was needed.
    private let key = Mutex<SymmetricKey?>(nil)

    init(file: FilePath) { self.file = file }

    /// - Parameter mayMakeKey: not where something is sealed already: a lost key is to be put back, not replaced.
    func seal(_ secret: SecretText, for place: [String], mayMakeKey: Bool) throws(StoreFailure) -> Data {
        let key = try currentKey(making: mayMakeKey)
        do {
            return try ChaChaPoly.seal(Data(secret.reveal().utf8), using: key, authenticating: Self.bytes(place))
                .combined
        } catch { throw StoreFailure(.failed, "cannot seal a value", cause: error) }
    }

    /// What stands for a secret in documents: the same for the same value, which it says nothing of.
    func mark(for secret: SecretText, mayMakeKey: Bool) throws(StoreFailure) -> SecretMark {
        let key = HKDF<SHA256>.deriveKey(
            inputKeyMaterial: try currentKey(making: mayMakeKey), info: Data("marks of secrets".utf8),
            outputByteCount: 32)
        return SecretMark(code: HMAC<SHA256>.authenticationCode(for: Data(secret.reveal().utf8), using: key))
    }

    func open(_ sealed: Data, for place: [String]) throws(StoreFailure) -> SecretText {
        let key = try currentKey(making: false)
        do {
            let box = try ChaChaPoly.SealedBox(combined: sealed)
            return SecretText(
                String(decoding: try ChaChaPoly.open(box, using: key, authenticating: Self.bytes(place)), as: UTF8.self)
            )
        } catch {
            throw StoreFailure(
                .cannotUnseal, "a sealed value was sealed with another key than \(file), or was changed",
                hint: "put the right key file back, or set the value again", cause: error)
        }
    }

    /// No two places give the same bytes.
    private static func bytes(_ place: [String]) -> Data {
        Data(place.map { "\($0.utf8.count):\($0)" }.joined().utf8)
    }

    private func currentKey(making: Bool) throws(StoreFailure) -> SymmetricKey {
        let file = self.file
        let outcome: Result<SymmetricKey, StoreFailure> = key.withLock { kept in
            if let kept { return .success(kept) }
            let outcome = Result { () throws(StoreFailure) in
                if making { try Self.makeKey(file) }
                return try Self.readKey(file)
            }
            if case .success(let key) = outcome { kept = key }
            return outcome
        }
        return try outcome.get()
    }

    private static func readKey(_ file: FilePath) throws(StoreFailure) -> SymmetricKey {
        var information = stat()
        guard stat(file.string, &information) == 0 else {
            throw StoreFailure(
                .cannotUnseal, "the key of sealed values, \(file), is not there",
                hint: "put it back, or set the values again")
        }
        guard information.st_mode & 0o077 == 0 else {
            throw StoreFailure(
                .cannotUnseal, "others can read the key of sealed values, \(file)", hint: "chmod 600 \(file)")
        }
        let bytes = try onHost { () throws(HostFailure) in try Folders.read(file) }
        guard bytes.count == 32 else {
            throw StoreFailure(
                .cannotUnseal, "\(file) is no key: it has \(bytes.count) bytes, not 32",
                hint: "put the right file back")
        }
        return SymmetricKey(data: bytes)
    }

    /// Makes the file where there is none. Whoever of several processes is first has made it for all: nobody ever reads a part
    /// of it.
    private static func makeKey(_ file: FilePath) throws(StoreFailure) {
        if Folders.exists(file) { return }
        let draft = FilePath("\(file).\(UUID().uuidString).new")
        let bytes = SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) }
        try onHost { () throws(HostFailure) in
            try DurableFile.write(bytes, to: draft, permissions: 0o600)
            defer { unlink(draft.string) }
            guard link(draft.string, file.string) == 0 || errno == EEXIST else {
                throw .systemCall("cannot make the key \(file)", errno: errno)
            }
            try DurableFile.sync(file.removingLastComponent())
        }
    }
}
