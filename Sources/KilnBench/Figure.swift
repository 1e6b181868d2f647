/// One comparison: Kiln's seconds and the other's, run by turns so that a busy moment meets both.
struct Figure: Codable, Sendable {
    /// "export", "upload".
    var name: String
    /// What was measured, with its sizes.
    var what: String
    var kiln: Side
    var other: Side
    /// Further results, such as "VMDK size": Kiln's in parts of the other's.
    var ratios: [String: Double] = [:]
    /// Peak memory of the process that Kiln ran in, MiB.
    var peakMemoryMiB: Int?

    struct Side: Codable, Sendable {
        var name: String
        /// In the order measured.
        var seconds: [Double]

        var median: Double {
            let sorted = seconds.sorted()
            guard !sorted.isEmpty else { return 0 }
            let middle = sorted.count / 2
            return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        }
    }

    /// Kiln's time in parts of the other's: less is better.
    var ratio: Double { other.median > 0 ? kiln.median / other.median : 0 }

    /// - Parameters:
    ///   - kiln: Kiln's way of the work.
    ///   - others: the other's.
    static func measure(
        _ name: String, _ what: String, against otherName: String, runs: Int,
        kiln: () async throws -> Void, other: () async throws -> Void
    ) async throws -> Figure {
        var figure = Figure(
            name: name, what: what, kiln: Side(name: "Kiln", seconds: []), other: Side(name: otherName, seconds: []))
        for _ in 0..<runs {
            figure.kiln.seconds.append(try await seconds(kiln))
            figure.other.seconds.append(try await seconds(other))
        }
        return figure
    }

    private static func seconds(_ work: () async throws -> Void) async throws -> Double {
        let start = ContinuousClock.now
        try await work()
        let (whole, atto) = (ContinuousClock.now - start).components
        return Double(whole) + Double(atto) / 1e18
    }
}
