public import FoundationEssentials
import Glibc

/// Points in time in the three spellings that AWS uses, without a calendar or a locale.
public enum UTC {
    /// "20130524T000000Z", as in x-amz-date.
    public static func basic(_ date: Date) -> String { format(date, "%Y%m%dT%H%M%SZ") }

    /// "2013-05-24T00:00:00Z" (RFC 3339).
    public static func extended(_ date: Date) -> String { format(date, "%Y-%m-%dT%H:%M:%SZ") }

    /// Reads "Fri, 24 May 2013 00:00:00 GMT", the Date header of HTTP.
    public static func parseHTTPDate(_ text: String) -> Date? {
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", let month = months.firstIndex(of: words[2]) else { return nil }
        let clock = words[4].split(separator: ":")
        guard clock.count == 3 else { return nil }
        return date([words[3], "\(month + 1)", words[1]] + clock)
    }

    /// Reads "2013-05-24T00:00:00Z"; fractions of a second are dropped, an offset of "+00:00" is accepted.
    public static func parseExtended(_ text: String) -> Date? {
        guard text.utf8.count >= 20, text.hasSuffix("Z") || text.hasSuffix("+00:00") else { return nil }
        return date(text.prefix(19).split { "-T:".contains($0) })
    }

    private static let months: [Substring] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// From year, month, day, hour, minute and second.
    private static func date(_ words: [Substring]) -> Date? {
        let numbers = words.compactMap { Int32($0) }
        guard numbers.count == 6, (1...12).contains(numbers[1]), (1...31).contains(numbers[2]) else { return nil }
        var fields = tm()
        fields.tm_year = numbers[0] - 1900
        fields.tm_mon = numbers[1] - 1
        fields.tm_mday = numbers[2]
        fields.tm_hour = numbers[3]
        fields.tm_min = numbers[4]
        fields.tm_sec = numbers[5]
        return Date(timeIntervalSince1970: Double(timegm(&fields)))
    }

    private static func format(_ date: Date, _ pattern: String) -> String {
        var seconds = time_t(date.timeIntervalSince1970.rounded(.down))
        var fields = tm()
        gmtime_r(&seconds, &fields)
        var buffer = [CChar](repeating: 0, count: 32)
        let length = strftime(&buffer, buffer.count, pattern, &fields)
        return String(decoding: buffer.prefix(length).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
