import Foundation

/// The machine, and how busy it was.
struct Machine: Codable, Sendable, CustomStringConvertible {
    var processor: String
    var cores: Int
    var memoryMiB: Int
    var system: String
    var qemu: String
    /// "kvm" or "tcg", where guests were run.
    var acceleration: String?
    /// The versions of the tools that are measured against, where they are others than QEMU's.
    var peers: String?
    var time: Date
    /// Of the last minute, before the measurement: what else there was to do.
    var load: Double
    /// "release" or "debug".
    var build: String

    static func describe() async throws -> Machine {
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
            qemu: try await qemuVersion(), time: Date(), load: Double(load.prefix { $0 != " " }) ?? 0, build: build)
    }

    var description: String {
        let tools = [qemu, peers, acceleration.map { "guests by \($0)" }].compactMap { $0 }.joined(separator: ", ")
        return
            "\(processor), \(cores) cores, \(memoryMiB) MiB, \(system), \(tools); load before \(load); \(build) build"
    }
}
