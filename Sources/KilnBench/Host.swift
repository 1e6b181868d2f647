import Foundation
import Glibc
import HostSystem
import SystemPackage

/// Runs `body` with a folder that is gone afterwards.
func withBenchFolder(_ parent: String, _ body: (FilePath) async throws -> Void) async throws {
    let folder = FilePath(parent).appending("kiln-bench-\(ProcessInfo.processInfo.processIdentifier)")
    try Folders.create(folder)
    defer { try? Folders.remove(folder) }
    try await body(folder)
}

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

func qemuVersion() async throws -> String {
    let text = try await HostCommand("qemu-img", ["--version"], package: "qemu-utils").run()
    return text.split(separator: "\n").first.map(String.init) ?? ""
}

/// Reads a file, so that it is in the page cache.
func warm(_ file: FilePath) async throws {
    try await HostCommand("sh", ["-c", "cat \"$1\" >/dev/null", "sh", file.string], limit: .seconds(600)).run()
}
