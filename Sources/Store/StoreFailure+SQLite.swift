import Failures
import GRDB
import HostSystem
import SystemPackage

extension Failure where Code == StoreFailureCode {
    /// What SQLite says, without its statements, and with what to do about it.
    static func of(_ error: any Error, _ file: FilePath) -> StoreFailure {
        switch error {
        case let failure as StoreFailure: failure
        case is CancellationError: StoreFailure(.cancelled, "cancelled", cause: error)
        case let error as DatabaseError: of(error, file)
        default: StoreFailure(.failed, "cannot use the database \(file): \(error)", cause: error)
        }
    }

    private static func noSpace(_ file: FilePath, _ error: DatabaseError) -> StoreFailure {
        StoreFailure(
            .noSpace, "there is no space left for the database \(file)",
            hint: "free some space, or point KILN_HOME at a larger disk", cause: error)
    }

    private static func isFull(_ file: FilePath) -> Bool {
        let free = try? Folders.freeSpace(at: file.removingLastComponent())
        return (free ?? .max) < 1 << 20
    }

    private static func of(_ error: DatabaseError, _ file: FilePath) -> StoreFailure {
        switch error.resultCode {
        case .SQLITE_CORRUPT, .SQLITE_NOTADB:
            StoreFailure(
                .damaged, "the database \(file) is damaged, or no database of Kiln",
                hint: "move \(file) with its -wal and -shm away, keep them, and put a copy from before in their place",
                cause: error)
        case .SQLITE_FULL: noSpace(file, error)
        // Of its smaller files SQLite does not say why they cannot grow.
        case .SQLITE_IOERR where isFull(file): noSpace(file, error)
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            StoreFailure(
                .readOnly, "cannot write to the database \(file)",
                hint: "make the file and its folder writable, or point KILN_HOME at another", cause: error)
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            StoreFailure(
                .busy, "another kiln process has written to \(file) for too long", hint: "look with `fuser \(file)`",
                cause: error)
        case .SQLITE_INTERRUPT, .SQLITE_ABORT: StoreFailure(.cancelled, "cancelled", cause: error)
        case .SQLITE_MISUSE where error.message == "Connection is closed":
            StoreFailure(.failed, "the database \(file) was closed", cause: error)
        default:
            // Never its description, which has the statement and can have its values.
            StoreFailure(
                .failed,
                "cannot use the database \(file): \(error.message ?? "error") (\(error.extendedResultCode.rawValue))",
                cause: error)
        }
    }
}
