public import Failures
public import Foundation
import GRDB
import Glibc
import HostSystem
public import SystemPackage

extension KilnStore {
    /// Opens the database, makes it where there is none (its folder too, for its owner alone), and brings an older one up to
    /// date.
    ///
    /// - Throws: `newerDatabase`, `damaged`, `readOnly`, `noSpace`, `busy`.
    public static func open(
        at file: FilePath, account: Account = Account(), clock: @escaping @Sendable () -> Date = { Date() }
    ) async throws(StoreFailure) -> KilnStore {
        do { try Folders.create(file.removingLastComponent(), permissions: 0o700) } catch {
            throw error.code == .permissionDenied ? readOnly(file, error) : StoreFailure(error)
        }
        // Two processes that make or migrate the file at once would disturb each other: SQLite does not wait for the switch to
        // WAL.
        let lock: FileLock
        do {
            lock = try await FileLock.acquire(
                beside(file, "lock"), within: .seconds(60), for: "it opens the database")
        } catch {
            guard let failure = error as? HostFailure else {
                throw StoreFailure(.cancelled, "cancelled", cause: error)
            }
            throw failure.code == .permissionDenied ? readOnly(file, failure) : StoreFailure(failure)
        }
        defer { withExtendedLifetime(lock) {} }
        let pool = try await offPool { () throws(StoreFailure) in
            do { return try openPool(file) } catch { throw StoreFailure.of(error, file) }
        }
        return KilnStore(
            file: file, account: account, pool: pool, clock: clock, secrets: SecretBox(file: beside(file, "key")))
    }

    static func beside(_ file: FilePath, _ suffix: String) -> FilePath { FilePath("\(file).\(suffix)") }

    private static func readOnly(_ file: FilePath, _ cause: HostFailure) -> StoreFailure {
        StoreFailure(
            .readOnly, "cannot write to the database \(file): \(cause.message)",
            hint: "make the file and its folder writable, or point KILN_HOME at another", cause: cause)
    }

    private static func openPool(_ file: FilePath) throws -> DatabasePool {
        try makeFile(file)
        var configuration = Configuration()
        configuration.label = "kiln"
        // Other processes write for moments only; a migration of a large file may take longer.
        configuration.busyMode = .timeout(30)
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { db in
            // A damaged page is found when it is read, not when its content makes no sense.
            try db.execute(sql: "PRAGMA cell_size_check = ON")
        }
        // Looked at before the pool changes anything about it.
        try DatabaseQueue(path: file.string, configuration: configuration).read { db in try check(db, file) }
        let pool = try DatabasePool(path: file.string, configuration: configuration)
        // The pool has set NORMAL, which loses the last transactions where the power fails.
        try pool.writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA synchronous = FULL; PRAGMA application_id = \(Schema.applicationID)")
        }
        try Schema.migrator.migrate(pool)
        return pool
    }

    /// SQLite makes its other files as open as this one.
    private static func makeFile(_ file: FilePath) throws(StoreFailure) {
        let descriptor = retryingInterrupts { Glibc.open(file.string, O_RDWR | O_CREAT | O_CLOEXEC, 0o600) }
        guard descriptor >= 0 else {
            let failure = HostFailure.systemCall("cannot open it", errno: errno)
            guard failure.code == .permissionDenied else {
                throw StoreFailure(HostFailure.systemCall("cannot open the database \(file)", errno: errno))
            }
            throw readOnly(file, failure)
        }
        Glibc.close(descriptor)
    }

    /// That it is a database of Kiln, and of none that is newer.
    private static func check(_ db: Database, _ file: FilePath) throws {
        let id = try Int32.fetchOne(db, sql: "PRAGMA application_id")
        let tables = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_schema") ?? 0
        guard id == Schema.applicationID || (id == 0 && tables == 0) else {
            throw StoreFailure(
                .damaged, "\(file) is a database of another program",
                hint: "move it away, or point KILN_HOME at another folder")
        }
        if tables > 0, try Schema.migrator.hasBeenSuperseded(db) {
            throw StoreFailure(
                .newerDatabase, "the database \(file) was written by a newer Kiln",
                hint: "use that Kiln, or point KILN_HOME at another folder")
        }
    }

    /// Reads through the whole file for damage: `damaged` says so.
    public func check() async throws(StoreFailure) {
        let file = self.file
        try await read { db in
            let findings = try String.fetchAll(db, sql: "PRAGMA quick_check(1)")
            let strays = try Int.fetchOne(db, sql: "SELECT count(*) FROM pragma_foreign_key_check") ?? 0
            guard findings == ["ok"], strays == 0 else {
                throw StoreFailure(
                    .damaged, "the database \(file) is damaged: \(findings.first ?? "") (\(strays) stray rows)",
                    hint: "put a copy from before in its place, and keep this one")
            }
        }
    }
}
