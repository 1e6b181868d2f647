import Foundation
import Glibc
import HostSystem
import SystemPackage

func fileSize(_ file: FilePath) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: file.string)[.size] as? Int) ?? 0
}

/// VmHWM of this process.
func peakMemoryMiB() -> Int? {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }.map { $0 >> 10 }
}

/// Seconds that this process and the children it has waited for have spent on processors.
func processorTime() -> Double {
    [RUSAGE_SELF, RUSAGE_CHILDREN].reduce(0) { sum, who in
        var usage = rusage()
        getrusage(who.rawValue, &usage)
        let (user, system) = (usage.ru_utime, usage.ru_stime)
        return sum + Double(user.tv_sec + system.tv_sec) + Double(user.tv_usec + system.tv_usec) / 1e6
    }
}

/// Seconds that all processors together have worked since the machine's start, whoever for.
func busyTime() -> Double {
    let text = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
    // proc(5): user, nice, system, idle, iowait, irq, softirq; guests' time is in user's.
    let ticks = text.prefix { $0 != "\n" }.split(separator: " ").dropFirst().prefix(7).compactMap { Double($0) }
    guard ticks.count == 7 else { return 0 }
    return (ticks.reduce(0, +) - ticks[3] - ticks[4]) / Double(sysconf(Int32(_SC_CLK_TCK)))
}

/// A program of the same build.
func besideThis(_ name: String) -> FilePath {
    let this = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "/"
    return FilePath(this).removingLastComponent().appending(name)
}

func qemuVersion() async throws -> String {
    let text = try await HostCommand("qemu-img", ["--version"], package: "qemu-utils").run()
    return text.split(separator: "\n").first.map(String.init) ?? ""
}

/// Reads a file, so that it is in the page cache.
func warm(_ file: FilePath) async throws {
    try await HostCommand("sh", ["-c", "cat \"$1\" >/dev/null", "sh", file.string], limit: .seconds(600)).run()
}
