import Foundation

// Times are stored as milliseconds since 1970: they sort, and everybody reads the same from them.
extension Date {
    init(milliseconds: Int64) { self.init(timeIntervalSince1970: Double(milliseconds) / 1000) }

    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1000).rounded()) }

    /// As a column has it that may be empty.
    static func stored(_ milliseconds: Int64?) -> Date? { milliseconds.map(Date.init(milliseconds:)) }

    static func + (date: Date, duration: Duration) -> Date {
        let (seconds, attoseconds) = duration.components
        return date.addingTimeInterval(Double(seconds) + Double(attoseconds) / 1e18)
    }
}
