public import Failures
import Glibc
import HostSystem
public import SystemPackage

/// The keys of one home.
///
///     keys/NAME.key       private, in minisign's form, for its owner alone
///     keys/NAME.pub       the public key of it, trusted too
///     trusted/NAME.pub    public keys of others
public struct KeyStore: Sendable {
    public let folder: FilePath

    public init(folder: FilePath) { self.folder = folder }

    /// A key of this home.
    public struct Entry: Sendable {
        public let name: String
        public let key: PublicKey
        /// Whether this home can sign with it.
        public let isOwn: Bool
        /// Of the public key.
        public let file: FilePath
    }

    private var own: FilePath { folder.appending("keys") }
    private var trusted: FilePath { folder.appending("trusted") }

    /// Own keys, then trusted ones, by name.
    ///
    /// - Throws: `BundleFailure`, also for one that can't be read: it is not to be taken for none.
    public func entries() throws(BundleFailure) -> [Entry] { try list(own, isOwn: true) + list(trusted, isOwn: false) }

    private func list(_ folder: FilePath, isOwn: Bool) throws(BundleFailure) -> [Entry] {
        let names = try onHost { () throws(HostFailure) in try Folders.names(in: folder) }
        var entries: [Entry] = []
        for name in names where name.hasSuffix(".pub") && !name.hasPrefix(".") {
            let file = folder.appending(name)
            entries.append(
                Entry(name: String(name.dropLast(4)), key: try PublicKey(file: file), isOwn: isOwn, file: file))
        }
        return entries
    }

    /// Makes a pair of keys. What is there is never overwritten.
    public func make(_ name: String) throws(BundleFailure) -> Entry {
        try check(name)
        let key = PrivateKey.make()
        let (secret, file) = (own.appending("\(name).key"), own.appending("\(name).pub"))
        guard try !entries().contains(where: { $0.name == name }), !Folders.exists(secret) else {
            throw BundleFailure(
                .nameTaken, "there is a key \(name) already, and keys are never overwritten",
                hint: "choose another name")
        }
        try onHost { () throws(HostFailure) in
            try Folders.create(own, permissions: 0o700)
            try Self.create(secret, Array(key.minisignText.utf8))
            do throws(HostFailure) { try DurableFile.write(Array(key.publicKey.text.utf8), to: file) } catch {
                unlink(secret.string)
                throw error
            }
        }
        return Entry(name: name, key: key.publicKey, isOwn: true, file: file)
    }

    /// Takes another's public key as one whose signatures count.
    ///
    /// - Parameter name: nil: the file's.
    public func trust(_ file: FilePath, as name: String? = nil) throws(BundleFailure) -> Entry {
        let key = try PublicKey(file: file)
        let name = name ?? file.stem?.lowercased() ?? ""
        try check(name)
        let there = try entries()
        if let known = there.first(where: { $0.key.isSame(as: key) }) { return known }
        guard !there.contains(where: { $0.name == name }) else {
            throw BundleFailure(
                .nameTaken, "the name \(name) is another key's", hint: "choose one with --name; kiln key ls")
        }
        let place = trusted.appending("\(name).pub")
        try onHost { () throws(HostFailure) in
            try Folders.create(trusted, permissions: 0o700)
            try DurableFile.write(Array(key.text.utf8), to: place)
        }
        return Entry(name: name, key: key, isOwn: false, file: place)
    }

    /// The key to sign with.
    ///
    /// - Parameter text: a name of this home, or a file; nil: the only key that this home has.
    public func signingKey(_ text: String?) throws(BundleFailure) -> PrivateKey {
        if let text {
            let file = own.appending("\(text).key")
            return try PrivateKey.read(!text.contains("/") && Folders.exists(file) ? file : FilePath(text))
        }
        let names = try entries().filter(\.isOwn).map(\.name)
        guard let name = names.first else {
            throw BundleFailure(.noKey, "there is no key to sign with", hint: "kiln key new, or --key FILE")
        }
        guard names.count == 1 else {
            throw BundleFailure(
                .noKey, "there are \(names.count) keys to sign with: \(names.joined(separator: ", "))",
                hint: "choose one with --key NAME")
        }
        return try PrivateKey.read(own.appending("\(name).key"))
    }

    /// The keys whose signatures count.
    ///
    /// - Parameter text: a name of this home or a public key's file, which then is the only one; nil: all of this home.
    public func trustedKeys(_ text: String?) throws(BundleFailure) -> [PublicKey] {
        let there = try entries()
        guard let text else { return there.map(\.key) }
        let named = there.filter { $0.name == text }.map(\.key)
        return named.isEmpty ? [try PublicKey(file: FilePath(text))] : named
    }

    private func check(_ name: String) throws(BundleFailure) {
        let isPlain = name.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || ".-_".utf8.contains($0)
        }
        guard isPlain, (1...64).contains(name.utf8.count), let first = name.utf8.first, !".-_".utf8.contains(first)
        else {
            throw BundleFailure(
                .invalidName, "'\(name)' is no name for a key",
                hint: "lower-case letters, digits, and . _ - after the first")
        }
    }

    /// Only its owner can read the file, from its first moment on.
    private static func create(_ file: FilePath, _ bytes: [UInt8]) throws(HostFailure) {
        let descriptor = open(file.string, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .systemCall("cannot create \(file)", errno: errno) }
        defer { close(descriptor) }
        let count = retryingInterrupts { write(descriptor, bytes, bytes.count) }
        guard count == bytes.count, fsync(descriptor) == 0 else {
            let number = errno
            unlink(file.string)
            throw .systemCall("cannot write \(file)", errno: number)
        }
    }
}
