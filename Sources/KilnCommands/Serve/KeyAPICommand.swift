import ArgumentParser
import Foundation
import Store

struct KeyAPICommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api", abstract: "The keys with which clients sign what they ask `kiln serve`.",
        discussion: """
            Examples:
              kiln key api new                 for whoever may do everything
              kiln key api new ci --read-only  for who may only look
              kiln key api ls
              kiln key api rm AKIA…
            """,
        subcommands: [NewCommand.self, ListCommand.self, RemoveCommand.self])

    /// A key as `--json` prints it.
    struct Record: Encodable {
        var accessKeyId: String
        /// Of a new key alone: it is not shown again.
        var secretAccessKey: String?
        var name: String
        var rights: String
        var created: Date
        var removed: Date?

        init(_ key: APIKey, secret: String? = nil) {
            (accessKeyId, name, rights) = (key.id, key.name, key.rights.rawValue)
            (created, removed) = (key.createdAt, key.revokedAt)
            secretAccessKey = secret
        }
    }

    struct NewCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "new", abstract: "Makes a key. Its secret is shown once.",
            discussion: """
                Standard output is what a shell can read:

                  eval "$(kiln key api new)"

                Examples:
                  kiln key api new
                  kiln key api new ci --read-only --json
                """)

        @Argument(help: "The key's name, for lists and logs.")
        var name = "kiln"

        @Flag(help: "The key may call Get… and List… operations alone.")
        var readOnly = false

        @OptionGroup var account: AccountOptions

        @Flag(help: "The key as JSON on standard output.")
        var json = false

        func validate() throws {
            let isPlain = name.utf8.allSatisfy { (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\"") }
            guard !name.isEmpty, name.utf8.count <= 64, isPlain else {
                throw ValidationError("a key's name has 1 to 64 printable ASCII characters")
            }
        }

        func run() async throws {
            let (key, secret) = try await account.withStore { store in
                try await store.makeAPIKey(name: name, rights: readOnly ? .readOnly : .admin)
            }
            if json { return Terminal.say(try ImageCommand.json(Record(key, secret: secret.reveal()))) }
            Terminal.say("export AWS_ACCESS_KEY_ID=\(key.id)")
            Terminal.say("export AWS_SECRET_ACCESS_KEY=\(secret.reveal())")
        }
    }

    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "ls", abstract: "The keys of this home, without their secrets.",
            discussion: "Examples:\n  kiln key api ls\n  kiln key api ls --json")

        @OptionGroup var account: AccountOptions

        @Flag(help: "The keys as a JSON list on standard output.")
        var json = false

        func run() async throws {
            let records = try await account.withStore { store in try await store.apiKeys().map { Record($0) } }
            if json { return Terminal.say(try ImageCommand.json(records)) }
            guard !records.isEmpty else { return Terminal.complain("there are no keys yet; kiln key api new") }
            let rows = records.map { record in
                [
                    record.accessKeyId, record.name, record.rights, record.created.formatted(.iso8601),
                    record.removed?.formatted(.iso8601) ?? "-",
                ]
            }
            for line in Table.lines([["KEY", "NAME", "RIGHTS", "CREATED", "REMOVED"]] + rows) { Terminal.say(line) }
        }
    }

    struct RemoveCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Removes a key: from then on its signatures count for nothing, also at a running server.",
            discussion: "Examples:\n  kiln key api rm AKIAIOSFODNN7EXAMPLE")

        @Argument(help: "The key's id, as kiln key api ls shows it.")
        var key: String

        @OptionGroup var account: AccountOptions

        func run() async throws {
            try await account.withStore { store in try await store.revokeAPIKey(key) }
        }
    }
}
