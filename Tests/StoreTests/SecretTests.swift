import Failures
import Foundation
import GRDB
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import Store

@Suite struct SecretTests {
    private let secret = "correct horse battery staple"

    /// What is in the files of the database.
    private func bytes(_ store: KilnStore) throws -> Data {
        var bytes = Data()
        for suffix in ["", "-wal"] { bytes += Data(try Folders.read(FilePath("\(store.file)\(suffix)"))) }
        return bytes
    }

    @Test("Sealed values come back, and are in no file of the database")
    func seal() async throws {
        try await withStore { store, _ in
            let scope = try await store.create(.component("web")).arn
            try await store.setSecret(SecretText("first"), scope: scope, name: "password")
            try await store.setSecret(SecretText(secret), scope: scope, name: "password")
            try await store.setSecret(SecretText(""), scope: scope, name: "empty")
            try await store.setSecret(SecretText("o"), scope: "other", name: "password")
            #expect(
                try await store.secrets(scope: scope).mapValues { $0.reveal() } == ["password": secret, "empty": ""])
            #expect(try bytes(store).range(of: Data(secret.utf8)) == nil)
            #expect(try bytes(store).range(of: Data("password".utf8)) != nil)
            try await store.delete(scope)
            #expect(try await store.secrets(scope: scope).isEmpty)
            try await store.removeSecrets(scope: "other")
            #expect(try await store.secrets(scope: "other").isEmpty)
        }
    }

    @Test("What prints a secret shows nothing of it")
    func redacted() {
        let text = SecretText(secret)
        var dumped = ""
        dump([text], to: &dumped)
        for shown in ["\(text)", String(reflecting: text), "\([text])", dumped] { #expect(!shown.contains("horse")) }
    }

    @Test("The key is its owner's alone; without it, with another or with an open one nothing is opened")
    func key() async throws {
        try await withStore { store, _ in
            try await store.setSecret(SecretText(secret), scope: "s", name: "n")
            let key = FilePath("\(store.file).key")
            var information = stat()
            #expect(stat(key.string, &information) == 0 && information.st_mode & 0o777 == 0o600)
            let right = try Folders.read(key)
            func refused() async throws {
                let other = try await KilnStore.open(at: store.file)
                await expect(.cannotUnseal) { try await other.secrets(scope: "s") }
                await other.close()
            }
            try DurableFile.write(Array(right.reversed()), to: key, permissions: 0o600)
            try await refused()
            try DurableFile.write(Array(right.dropLast()), to: key, permissions: 0o600)
            try await refused()
            try DurableFile.write(right, to: key, permissions: 0o640)
            chmod(key.string, 0o640)
            try await refused()
            try Folders.remove(key)
            try await refused()
            // A lost key is not replaced: the old values would be lost for good.
            let other = try await KilnStore.open(at: store.file)
            await expect(.cannotUnseal) { try await other.setSecret(SecretText("x"), scope: "s", name: "m") }
            #expect(!Folders.exists(key))
            try DurableFile.write(right, to: key, permissions: 0o600)
            chmod(key.string, 0o600)
            #expect(try await other.secrets(scope: "s")["n"]?.reveal() == secret)
            await other.close()
        }
    }

    @Test("A sealed value that was changed, or moved to another name, is not opened")
    func tampered() async throws {
        try await withStore { store, _ in
            for change in [
                "name = 'other'", "sealed = CAST(substr(sealed, 1, length(sealed) - 1) || x'00' AS BLOB)",
                "sealed = x'00'",
            ] {
                try await store.setSecret(SecretText(secret), scope: "s", name: "n")
                try await store.pool.write { db in try db.execute(sql: "UPDATE sealed_value SET \(change)") }
                await expect(.cannotUnseal) { try await store.secrets(scope: "s") }
                try await store.removeSecrets(scope: "s")
            }
        }
    }

    @Test("API keys look like AWS's, and are of use until they are revoked")
    func apiKeys() async throws {
        try await withStore { store, clock in
            let (key, secret) = try await store.makeAPIKey(name: "ci", rights: .readOnly)
            #expect(key.id.wholeMatch(of: /AKIA[A-Z2-7]{16}/) != nil && secret.reveal().count == 40)
            let found = try #require(try await store.apiKey(key.id))
            #expect(found.key == key && found.secret == secret && found.key.rights == .readOnly)
            #expect(try bytes(store).range(of: Data(secret.reveal().utf8)) == nil)
            let other = try await store.makeAPIKey(name: "admin", rights: .admin)
            #expect(other.key.id != key.id && other.secret != secret)
            clock.advance(by: 9)
            try await store.revokeAPIKey(key.id)
            #expect(try await store.apiKey(key.id) == nil)
            #expect(try await store.apiKey("AKIANONE") == nil)
            #expect(try await store.apiKeys().map(\.id) == [key.id, other.key.id])
            #expect(try await store.apiKeys().first?.revokedAt == clock.now)
            await expect(.notFound) { try await store.revokeAPIKey("AKIANONE") }
        }
    }

    @Test("Of many processes that need a key first, all have the same one")
    func race() async throws {
        try await withScratchFolder { folder in
            let file = folder.appending("kiln.db")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask {
                        let store = try await KilnStore.open(at: file)
                        try await store.setSecret(SecretText("v\(number)"), scope: "s", name: "n\(number)")
                        await store.close()
                    }
                }
                try await group.waitForAll()
            }
            let store = try await KilnStore.open(at: file)
            #expect(try await store.secrets(scope: "s").count == 8)
            await store.close()
        }
    }

    @Test("A document's secrets are sealed wherever they stand in a text, but not in names and ARNs, and come back")
    func documents() async throws {
        try await withStore { store, _ in
            let document: [String: Any] = [
                "data": "echo \"\(secret)\" \\ horse\nhorse", "number": 3, "flag": true,
                "list": [["name": "horse", "value": [secret, "a horse"]]], "componentArn": "arn:horse",
            ]
            #expect(try await store.sealed(json(document), hiding: ["nothing of it", ""]) == json(document))
            let sealed = try await store.sealed(json(document), hiding: [secret, "horse"])
            let text = String(decoding: sealed, as: UTF8.self)
            #expect(!text.contains("battery") && text.contains(#""name":"horse""#) && text.contains("arn:horse"))
            #expect(text.components(separatedBy: "horse").count == 3)
            // The same again is the same: whether a document has changed can be told.
            #expect(try await store.sealed(json(document), hiding: [secret, "horse"]) == sealed)
            let opened = try await store.unsealed(sealed)
            #expect(opened.secrets == [secret, "horse"])
            // Nor is what is sealed sealed again.
            let list = try #require(try members(sealed)["list"] as? [[String: Any]])
            let mark = try #require((list[0]["value"] as? [String])?.first)
            #expect(try await store.sealed(sealed, hiding: [mark]) == sealed)
            #expect(try NSDictionary(dictionary: document) == members(opened.document))
            let shown = String(decoding: SecretMark.masked(Array(sealed)), as: UTF8.self)
            #expect(shown.contains(##""data":"echo \"****\" \\ ****\n****""##), "\(shown)")
            #expect(try bytes(store).range(of: Data("battery".utf8)) == nil)
            // One that every mark has in it, too.
            let both = try await store.sealed(json(["data": "\(secret) E a"]), hiding: [secret, "E", "a", "0"])
            #expect(try await store.unsealed(both).document == json(["data": "\(secret) E a"]))
            // What only looks like a mark is none.
            let other = json(["data": "KILN-SECRET-" + String(repeating: "0", count: 32) + " KILN-SECRET-12"])
            #expect(try await store.unsealed(other).secrets.isEmpty)
        }
    }

    private func members(_ document: Data) throws -> NSDictionary {
        try #require(try JSONSerialization.jsonObject(with: document) as? NSDictionary)
    }

    @Test("A document's secret is forgotten with the last resource that has it")
    func forgotten() async throws {
        try await withStore { store, _ in
            let document = try await store.sealed(json(["data": secret]), hiding: [secret])
            var arns: [String] = []
            for name in ["first", "second"] {
                arns.append(
                    try await store.create(
                        NewResource(
                            .component, name: name, version: ResourceVersion(1, 0, 0), document: document)
                    ).arn)
            }
            try await store.delete(arns[0])
            #expect(try await store.unsealed(document).secrets == [secret])
            _ = try await store.update(ResourceUpdate(arns[1], document: json(["data": "other"])))
            #expect(try await store.unsealed(document).secrets.isEmpty)
        }
    }
}
