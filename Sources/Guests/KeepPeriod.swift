import Foundation

/// How long a guest is kept: "90s", "30m", "4h", "2d".
public enum KeepPeriod {
    public static let standard = Duration.seconds(4 * 3600)
    /// A kept guest holds memory and a disk of the host.
    public static let longest = Duration.seconds(7 * 86400)

    private static let units: [(name: String, seconds: Int)] = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1)]

    /// Nil for what is no period, for none and for one that is too long.
    public static func parse(_ text: String) -> Duration? {
        guard let unit = units.first(where: { text.hasSuffix($0.name) }), let count = Int(text.dropLast()), count > 0,
            count <= 7 * 86400, .seconds(count * unit.seconds) <= longest
        else { return nil }
        return .seconds(count * unit.seconds)
    }

    /// "3 h 59 m", rounded to minutes.
    public static func text(_ seconds: Double) -> String {
        let minutes = Int((max(0, seconds) / 60).rounded())
        switch minutes {
        case ..<60: return "\(minutes) m"
        case ..<(48 * 60): return minutes % 60 == 0 ? "\(minutes / 60) h" : "\(minutes / 60) h \(minutes % 60) m"
        default: return "\(minutes / 1440) d"
        }
    }
}
