import Foundation

/// Figures, and the machine they were measured on.
struct BenchReport: Codable, Sendable {
    var machine: Machine
    var figures: [Figure]

    func print(json: Bool) throws {
        if json {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            let object = try JSONSerialization.jsonObject(with: encoder.encode(self))
            guard var report = object as? [String: Any] else { return }
            // What can be computed is computed here, so that a reader need not.
            report["figures"] = (report["figures"] as? [[String: Any]] ?? []).enumerated().map { index, figure in
                figure.merging([
                    "kilnMedian": figures[index].kiln.median, "otherMedian": figures[index].other.median,
                    "processorRatio": figures[index].processorRatio, "ratio": figures[index].ratio,
                ]) { $1 }
            }
            let data = try JSONSerialization.data(withJSONObject: report, options: [.prettyPrinted, .sortedKeys])
            Swift.print(String(decoding: data, as: UTF8.self))
            return
        }
        Swift.print(machine.description)
        for figure in figures {
            Swift.print("\n\(figure.name): \(figure.what)")
            for side in [figure.kiln, figure.other] {
                let runs = side.seconds.map { Self.number($0) }.joined(separator: " ")
                let spent = Self.number(side.processorMedian)
                Swift.print("  \(Self.number(side.median)) s  \(side.name)  (\(runs); \(spent) s of processors)")
            }
            let processors = Self.number(figure.processorRatio)
            Swift.print(
                "  \(Self.number(figure.ratio))  Kiln's time in parts of the other's (\(processors) of processors)")
            for (name, value) in figure.ratios.sorted(by: { $0.key < $1.key }) {
                Swift.print("  \(String(format: "%.3f", value))  \(name), in parts of the other's")
            }
            for (name, value) in figure.milliseconds.sorted(by: { $0.key < $1.key }) {
                Swift.print("  \(String(format: "%.1f", value)) ms  \(name)")
            }
            if let memory = figure.peakMemoryMiB { Swift.print("  \(memory) MiB  peak memory") }
        }
    }

    private static func number(_ value: Double) -> String { String(format: "%.2f", value) }
}

/// The machine, and how busy it was.
struct Machine: Codable, Sendable, CustomStringConvertible {
    var processor: String
    var cores: Int
    var memoryMiB: Int
    var system: String
    var qemu: String
    /// Of the last minute, before the measurement: what else there was to do.
    var load: Double
    /// "release" or "debug".
    var build: String

    static func describe() -> Machine {
        func line(_ file: String, _ prefix: String) -> String {
            let text = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix(prefix) } ?? ""
            return line.split(separator: prefix.hasSuffix("=") ? "=" : ":", maxSplits: 1).last.map {
                $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t\""))
            } ?? ""
        }
        let load = (try? String(contentsOfFile: "/proc/loadavg", encoding: .utf8)) ?? ""
        #if DEBUG
            let build = "debug"
        #else
            let build = "release"
        #endif
        return Machine(
            processor: line("/proc/cpuinfo", "model name"), cores: ProcessInfo.processInfo.activeProcessorCount,
            memoryMiB: Int(ProcessInfo.processInfo.physicalMemory >> 20),
            system: line("/etc/os-release", "PRETTY_NAME="),
            qemu: "", load: Double(load.prefix { $0 != " " }) ?? 0, build: build)
    }

    var description: String {
        "\(processor), \(cores) cores, \(memoryMiB) MiB, \(system), \(qemu); load before \(load); \(build) build"
    }
}
