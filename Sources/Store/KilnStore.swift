public import Failures
import Foundation
import GRDB
import HostSystem
public import SystemPackage

/// All that Kiln knows of resources, builds and their steps, in one SQLite file that several processes share: the server,
/// the builds that it starts, and `kiln build` by hand.
///
///     kiln.db          the database, for its owner alone
///     kiln.db-wal, -shm    SQLite's own, while it is open
///     kiln.db.lock     held while the file is made, migrated, or the key is made
///     kiln.db.key      the key of sealed values, for its owner alone
///
/// What a call that changes something has returned is on the disk: whatever ends the process or the power afterwards does
/// not undo it. (`waitForDisk` leaves that to a later call.)
public final class KilnStore: Sendable {
    public let file: FilePath
    /// Whose own resources are.
    public let account: Account
    let pool: DatabasePool
    let clock: @Sendable () -> Date
    let secrets: SecretBox

    init(
        file: FilePath, account: Account, pool: DatabasePool, clock: @escaping @Sendable () -> Date, secrets: SecretBox
    ) {
        self.file = file
        self.account = account
        self.pool = pool
        self.clock = clock
        self.secrets = secrets
    }

    /// Nothing can be asked of it afterwards. What is under way ends first.
    public func close() async {
        let pool = self.pool
        await offPool { try? pool.close() }
    }

    /// - Parameter waits: false: what is written from now on survives the process, and with the next call that waits again the
    ///   power as well. What a build notes on its way is worth no wait.
    public func waitForDisk(_ waits: Bool) async throws(StoreFailure) {
        do {
            try await pool.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA synchronous = \(waits ? "FULL" : "NORMAL")")
            }
        } catch { throw StoreFailure.of(error, file) }
    }

    /// Opens a store, and closes it whatever comes of `body`.
    public static func using<Value: Sendable>(
        _ file: FilePath, account: Account, _ body: (KilnStore) async throws -> Value
    ) async throws -> Value {
        let store = try await open(at: file, account: account)
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body(store)) } catch { outcome = .failure(error) }
        await store.close()
        return try outcome.get()
    }

    /// The moment that is written, to the millisecond as it is stored.
    func now() -> Date { Date(milliseconds: clock().milliseconds) }

    func read<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFailure) -> Value {
        do { return try await pool.read(body) } catch { throw StoreFailure.of(error, file) }
    }

    /// All that the body changes is done, or nothing of it.
    func write<Value: Sendable>(
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws(StoreFailure) -> Value {
        do { return try await pool.write(body) } catch { throw StoreFailure.of(error, file) }
    }
}
