import ArgumentParser

/// A size as media have it on their labels: "4GB", "700MB", "4GiB", or bytes.
struct ByteSize: ExpressibleByArgument {
    let bytes: Int64

    /// Less would be parts without number.
    private static let smallest: Int64 = 1 << 10
    private static let units: [(name: String, bytes: Int64)] = [
        ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("TiB", 1 << 40), ("KB", 1_000), ("MB", 1_000_000),
        ("GB", 1_000_000_000), ("TB", 1_000_000_000_000), ("B", 1),
    ]

    init?(argument: String) {
        let number = argument.prefix { $0.isASCII && $0.isNumber }
        let rest = argument.dropFirst(number.count).drop { $0 == " " }
        let unit = rest.isEmpty ? 1 : Self.units.first { $0.name.lowercased() == rest.lowercased() }?.bytes
        guard let count = Int64(number), let unit else { return nil }
        let (bytes, isTooMuch) = count.multipliedReportingOverflow(by: unit)
        guard !isTooMuch, bytes >= Self.smallest else { return nil }
        self.bytes = bytes
    }
}
