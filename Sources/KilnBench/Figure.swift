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
    /// Further results in milliseconds, such as "a step's overhead, median".
    var milliseconds: [String: Double] = [:]
    /// Peak memory of the process that Kiln ran in, MiB.
    var peakMemoryMiB: Int?

    struct Side: Codable, Sendable {
        var name: String
        /// In the order measured.
        var seconds: [Double] = []
        /// Of processors, the children's too: says something on a busy machine as well. Of builds the whole machine's.
        var processorSeconds: [Double] = []

        var median: Double { Figure.median(seconds) }
        var processorMedian: Double { Figure.median(processorSeconds) }

        /// - Parameter spent: the processors' seconds until now, this process's and its children's by default.
        mutating func time(
            spent: () -> Double = processorTime, _ work: () async throws -> Void
        ) async throws {
            let (start, before) = (ContinuousClock.now, spent())
            try await work()
            processorSeconds.append(spent() - before)
            let (whole, atto) = (ContinuousClock.now - start).components
            seconds.append(Double(whole) + Double(atto) / 1e18)
        }
    }

    /// Kiln's time in parts of the other's: less is better.
    var ratio: Double { other.median > 0 ? kiln.median / other.median : 0 }
    var processorRatio: Double { other.processorMedian > 0 ? kiln.processorMedian / other.processorMedian : 0 }

    static func median(_ numbers: [Double]) -> Double {
        let sorted = numbers.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// The smallest number that is not exceeded by this part of them.
    static func percentile(_ part: Double, of numbers: [Double]) -> Double {
        let sorted = numbers.sorted()
        guard !sorted.isEmpty else { return 0 }
        return sorted[min(sorted.count - 1, max(0, Int((part * Double(sorted.count)).rounded(.up)) - 1))]
    }

    /// - Parameters:
    ///   - kiln: Kiln's way of the work.
    ///   - others: the other's.
    static func measure(
        _ name: String, _ what: String, against otherName: String, runs: Int,
        kiln: () async throws -> Void, other: () async throws -> Void
    ) async throws -> Figure {
        var figure = Figure(
            name: name, what: what, kiln: Side(name: "Kiln"), other: Side(name: otherName))
        for _ in 0..<runs {
            try await figure.kiln.time(kiln)
            try await figure.other.time(other)
        }
        return figure
    }
}
