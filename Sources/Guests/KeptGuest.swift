import Failures
public import Foundation
import Glibc
public import HostSystem
import SystemPackage

/// A guest that was left running for its user when the process that had started it ended (`--keep-on-failure`).
///
/// The record lies in the folder of the guest's sockets, and keeps that. Sweeps leave the guest, its disk and its sockets
/// alone until its time is over, its QEMU has ended, or its user ends it.
public struct KeptGuest: Sendable, Codable, Equatable {
    /// The domain's name, as virsh shows it.
    public var name: String
    /// The build or run that it belongs to.
    public var build: String
    /// What it was for: build, test.
    public var role: String
    /// Kept by a kiln of this home (`KilnHome.data`); others do not show it.
    public var home: String
    /// The libvirt that it runs under.
    public var connection: String
    public var uuid: String
    /// QEMU, as a `ProcessIdentity`.
    public var process: String
    /// When its time is over, unless somebody has a shell in it then.
    public var until: Date
    /// The serial console's log.
    public var console: String
    /// What its disk is made of: the overlay that it writes, and what lies below.
    public var files: [String]
    /// What goes when it ends, besides its sockets.
    public var leftovers: [String]
    /// The folder of its sockets.
    public var folder: String

    /// Those of this user, the oldest first.
    ///
    /// - Parameter home: nil: of all homes.
    public static func all(home: KilnHome? = nil) -> [KeptGuest] {
        RunFolder.kept().compactMap(load).filter { home == nil || $0.home == home?.data.string }
            .sorted { ($0.until, $0.name) < ($1.until, $1.name) }
    }

    /// Those whose time is not over, and that run.
    public static func living(home: KilnHome) -> [KeptGuest] { all(home: home).filter { !$0.isOver } }

    private static func load(_ folder: FilePath) -> KeptGuest? {
        guard let guest: KeptGuest = JSONRecord.read(RunFolder.keeper(of: folder)), guest.folder == folder.string
        else { return nil }
        return guest
    }

    func save() throws(HostFailure) {
        try JSONRecord.write(self, to: RunFolder.keeper(of: FilePath(folder)), permissions: 0o600)
    }

    // MARK: Its end

    /// Whether QEMU runs; one that can't be told (in another process namespace) is taken to run.
    public var isRunning: Bool { ProcessIdentity(process).map { !$0.isGone } ?? false }

    /// Whether somebody has a shell in it.
    public var isInUse: Bool { FileLock.isHeld(lockFile) }

    /// Whether it is to go.
    public var isOver: Bool { !isRunning || (until < Date() && !isInUse) }

    var lockFile: FilePath { FilePath(folder).appending("shell.lock") }

    /// What is to be said of it when it is kept, a line each.
    public var words: [String] {
        [
            "the guest is kept as the step left it, until \(until.formatted(.iso8601))"
                + " (\(KeepPeriod.text(until.timeIntervalSinceNow))): kiln shell \(build)",
            "to end it before: kiln shell \(build) --end",
        ]
    }
}
