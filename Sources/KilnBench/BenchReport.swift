import Foundation
import HostSystem
import SystemPackage

/// Figures, and the machine they were measured on.
struct BenchReport: Codable, Sendable {
    var machine: Machine
    var figures: [Figure]

    /// Prints the report, and keeps it where that was asked for.
    func show(_ options: BenchOptions) throws {
        let json = try json()
        if let file = options.save.map({ FilePath($0) }) {
            try Folders.create(file.removingLastComponent())
            try DurableFile.write(json + Array("\n".utf8), to: file)
        }
        Swift.print(options.json ? String(decoding: json, as: UTF8.self) : lines.joined(separator: "\n"))
    }

    private func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        var report = try JSONSerialization.jsonObject(with: encoder.encode(self)) as? [String: Any] ?? [:]
        // What can be computed is computed here, so that a reader need not.
        report["figures"] = (report["figures"] as? [[String: Any]] ?? []).enumerated().map { index, figure in
            figure.merging([
                "kilnMedian": figures[index].kiln.median, "otherMedian": figures[index].other.median,
                "processorRatio": figures[index].processorRatio, "ratio": figures[index].ratio,
            ]) { $1 }
        }
        return try JSONSerialization.data(
            withJSONObject: report, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    }

    private var lines: [String] { [machine.description] + figures.flatMap(Self.lines) }

    private static func lines(_ figure: Figure) -> [String] {
        var lines = ["", "\(figure.name): \(figure.what)"]
        for side in [figure.kiln, figure.other] {
            let runs = side.seconds.map { number($0) }.joined(separator: " ")
            let spent = number(side.processorMedian)
            lines.append("  \(number(side.median)) s  \(side.name)  (\(runs); \(spent) s of processors)")
        }
        let processors = number(figure.processorRatio)
        lines.append("  \(number(figure.ratio))  Kiln's time in parts of the other's (\(processors) of processors)")
        for (name, value) in figure.ratios.sorted(by: { $0.key < $1.key }) {
            let whose = name.contains("builds") ? "one's" : "the other's"
            lines.append("  \(String(format: "%.3f", value))  \(name), in parts of \(whose)")
        }
        for (name, value) in figure.milliseconds.sorted(by: { $0.key < $1.key }) {
            lines.append("  \(String(format: "%.1f", value)) ms  \(name)")
        }
        if let memory = figure.peakMemoryMiB { lines.append("  \(memory) MiB  peak memory") }
        return lines
    }

    private static func number(_ value: Double) -> String { String(format: "%.2f", value) }
}
