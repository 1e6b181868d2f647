import Foundation

/// The clock on a wall of a time zone. Its readings are seconds since 1970 as if it were UTC.
struct ZoneClock: Sendable, Hashable {
    let zone: TimeZone

    func offset(at date: Date) -> Int { zone.secondsFromGMT(for: date) }

    func reading(at date: Date) -> Int { Int(date.timeIntervalSince1970.rounded(.down)) + offset(at: date) }

    /// When the clock first shows a reading: where it is put back it does so twice, and where it is put forward never (nil).
    func date(of reading: Int) -> Date? {
        // Whatever is changed that day: one of the offsets before and after it holds.
        let around = [-86_400, 86_400].map { offset(at: Date(timeIntervalSince1970: Double(reading + $0))) }
        let dates = around.map { Date(timeIntervalSince1970: Double(reading - $0)) }
        return zip(dates, around).filter { offset(at: $0) == $1 }.map(\.0).min()
    }
}
