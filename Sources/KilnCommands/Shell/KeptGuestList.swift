import Foundation
import Guests
import HostSystem

/// The guests that are kept, as `kiln shell --list` shows them.
struct KeptGuestList {
    /// One of the JSON list; times are ISO 8601.
    struct Entry: Encodable {
        var build: String
        var role: String
        /// The domain, as virsh shows it.
        var guest: String
        var until: Date
        /// Until it is ended.
        var seconds: Int
        /// Whether somebody has a shell in it, for as long as which it stays.
        var inUse: Bool
        /// The libvirt that it runs under.
        var connection: String
        /// The serial console's log.
        var console: String
    }

    let entries: [Entry]

    init(_ guests: [KeptGuest], now: Date = Date()) {
        entries = guests.map { guest in
            Entry(
                build: guest.build, role: guest.role, guest: guest.name, until: guest.until,
                seconds: max(0, Int(guest.until.timeIntervalSince(now))), inUse: guest.isInUse,
                connection: guest.connection, console: guest.console)
        }
    }

    func show(json: Bool) throws {
        if json {
            return Terminal.say(String(decoding: try JSONRecord.encoder.encode(entries), as: UTF8.self))
        }
        guard !entries.isEmpty else {
            return Terminal.complain("no guest is kept; kiln build TEMPLATE --keep-on-failure keeps one")
        }
        let rows = entries.map { entry in
            [
                entry.build, entry.role, entry.until.formatted(.iso8601), KeepPeriod.text(Double(entry.seconds)),
                entry.inUse ? "yes" : "no", entry.guest,
            ]
        }
        for line in Table.lines([["BUILD", "ROLE", "UNTIL", "LEFT", "IN USE", "GUEST"]] + rows) { Terminal.say(line) }
    }
}
