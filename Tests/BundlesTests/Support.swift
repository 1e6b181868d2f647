import Foundation
import HostSystem
import SystemPackage

/// A folder that is gone after the test.
func withScratchFolder<T>(_ body: (FilePath) async throws -> T) async throws -> T {
    let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
    try Folders.create(folder)
    defer { try? Folders.remove(folder) }
    return try await body(folder)
}

@discardableResult
func run(_ program: String, _ arguments: String..., in folder: FilePath? = nil) async throws -> String {
    try await HostCommand(program, arguments, workingDirectory: folder, limit: .seconds(60)).run()
}

func write(_ text: String, to file: FilePath) throws { try DurableFile.write(Array(text.utf8), to: file) }

func read(_ file: FilePath) throws -> String { String(decoding: try Folders.read(file), as: UTF8.self) }
