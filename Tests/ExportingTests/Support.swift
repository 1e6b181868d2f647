import Failures
import Glibc
import HostSystem
import SystemPackage

/// A folder that is gone after the test.
func withScratchFolder<T>(_ body: (FilePath) async throws -> T) async throws -> T {
    let folder = FilePath("/tmp/kiln-test-\(getpid())-\(UInt64.random(in: 0 ..< .max))")
    try Folders.create(folder)
    defer { try? Folders.remove(folder) }
    return try await body(folder)
}

@discardableResult
func qemuImg(_ arguments: String...) async throws -> String {
    try await HostCommand("qemu-img", arguments, limit: .seconds(300), package: "qemu-utils").run()
}

/// Runs qemu-io's commands on a disk.
func qemuIO(_ disk: FilePath, format: String = "qcow2", _ commands: [String]) async throws {
    try await HostCommand(
        "qemu-io", ["-f", format] + commands.flatMap { ["-c", $0] } + [disk.string], package: "qemu-utils"
    ).run()
}

func sha256(_ file: FilePath) async throws -> String {
    String(try await HostCommand("sha256sum", [file.string], limit: .seconds(300)).run().prefix(64))
}

/// Bytes that the file really takes on its disk.
func allocated(_ file: FilePath) -> Int {
    var information = stat()
    guard stat(file.string, &information) == 0 else { return -1 }
    return Int(information.st_blocks) * 512
}
