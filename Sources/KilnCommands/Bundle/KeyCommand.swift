import ArgumentParser
import Bundles
import Foundation
import HostSystem
import SystemPackage

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "The keys that sign bundles, those whose signatures count, and those of the API.",
        discussion: """
            Examples:
              kiln key new                              make the key that `kiln bundle` signs with
              kiln key trust alice.pub                  take bundles that Alice has signed
              kiln key ls
              kiln key api new                          make a key for what `kiln serve` serves
            """,
        subcommands: [KeyNewCommand.self, KeyListCommand.self, KeyTrustCommand.self, KeyAPICommand.self])

    static var store: KeyStore {
        KeyStore(folder: KilnHome(environment: ProcessInfo.processInfo.environment).config)
    }
}

/// A key as `--json` prints it.
struct KeyRecord: Encodable {
    var name: String
    var form: PublicKey.Form
    /// minisign's.
    var identifier: String?
    var fingerprint: String
    var publicKey: String
    /// Whether this home can sign with it.
    var own: Bool
    var file: String

    init(_ entry: KeyStore.Entry) {
        (name, form, identifier) = (entry.name, entry.key.form, entry.key.identifier)
        (fingerprint, publicKey) = (entry.key.fingerprint, entry.key.line)
        (own, file) = (entry.isOwn, entry.file.string)
    }

    var lines: [String] {
        let rows = [
            ["name", name], ["key", "\(form.rawValue)\(identifier.map { " \($0)" } ?? "")"],
            ["fingerprint", fingerprint], ["public key", publicKey], ["file", file],
        ]
        return Table.lines(rows)
    }
}

struct KeyNewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "new", abstract: "Makes a pair of keys to sign bundles with.",
        discussion: """
            The private key stays below $KILN_HOME, for its owner alone, and is never overwritten. Give the public key to those
            who are to use your bundles; minisign takes both.

            Examples:
              kiln key new
              kiln key new release --json
            """)

    @Argument(help: "The key's name: lower-case letters, digits, and . _ - after the first.")
    var name = "kiln"

    @Flag(help: "The key as JSON on standard output.")
    var json = false

    func run() async throws {
        let record = KeyRecord(try KeyCommand.store.make(name))
        if json { return Terminal.say(try ImageCommand.json(record)) }
        record.lines.forEach(Terminal.say)
    }
}

struct KeyListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "The keys of this home, and those that it trusts.",
        discussion: "Examples:\n  kiln key ls\n  kiln key ls --json")

    @Flag(help: "The keys as a JSON list on standard output.")
    var json = false

    func run() async throws {
        let records = try KeyCommand.store.entries().map(KeyRecord.init)
        if json { return Terminal.say(try ImageCommand.json(records)) }
        guard !records.isEmpty else {
            Terminal.complain("there are no keys yet; kiln key new, or kiln key trust FILE")
            return
        }
        let rows = records.map { record in
            [
                record.name, record.own ? "own" : "trusted", record.form.rawValue, record.identifier ?? "-",
                record.fingerprint,
            ]
        }
        for line in Table.lines([["NAME", "KIND", "FORM", "ID", "FINGERPRINT"]] + rows) { Terminal.say(line) }
    }
}

struct KeyTrustCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust", abstract: "Takes bundles that this key has signed.",
        discussion: """
            Compare the fingerprint with what the key's owner says, by another way than the one the key came by.

            Examples:
              kiln key trust alice.pub
              kiln key trust ~/.ssh/id_ed25519.pub --name build-host
            """)

    @Argument(help: "A public key of minisign, or an Ed25519 one of OpenSSH.", completion: .file())
    var file: String

    @Option(help: "The name for it (default: the file's).")
    var name: String?

    @Flag(help: "The key as JSON on standard output.")
    var json = false

    func run() async throws {
        let record = KeyRecord(try KeyCommand.store.trust(FilePath(file), as: name))
        if json { return Terminal.say(try ImageCommand.json(record)) }
        record.lines.forEach(Terminal.say)
    }
}
