import Disks
import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

/// A folder for the time of a test, and the disks that tests make in it: with qemu-img and mke2fs, no binary fixtures.
struct Scratch {
    let folder: FilePath

    static func with<Value>(_ body: (Scratch) async throws -> Value) async throws -> Value {
        let folder = FilePath("/var/tmp/kiln-test-\(UUID().uuidString.prefix(8))")
        try Folders.create(folder)
        defer { try? Folders.remove(folder) }
        return try await body(Scratch(folder: folder))
    }

    func path(_ name: String) -> FilePath { folder.appending(name) }

    @discardableResult
    func run(_ program: String, _ arguments: [String]) async throws -> String {
        try await HostCommand(program, arguments, workingDirectory: folder, limit: .seconds(300)).run()
    }

    /// A raw disk that is one ext4 file system.
    func fileSystem(_ name: String = "disk.raw", mebibytes: Int = 16, from tree: String? = nil) async throws -> FilePath
    {
        let file = path(name)
        try await run("truncate", ["-s", "\(mebibytes)M", file.string])
        let root = tree.map { ["-d", path($0).string, "-E", "root_owner=0:0"] } ?? []
        try await run("mke2fs", ["-q", "-F", "-t", "ext4"] + root + [file.string])
        return file
    }

    func convert(_ file: FilePath, to name: String, _ options: String...) async throws -> FilePath {
        try await run("qemu-img", ["convert", "-f", "raw"] + options + [file.string, path(name).string])
        return path(name)
    }

    func cut(_ file: FilePath, by bytes: Int) async throws {
        try await run("truncate", ["-s", "-\(bytes)", file.string])
    }

    /// A file of a tree that becomes a file system; `content` nil makes a folder.
    func put(_ path: String, in tree: String, _ content: [UInt8]?) throws {
        let target = self.path(tree).pushing(FilePath(path))
        guard let content else { return try Folders.create(target) }
        try Folders.create(target.removingLastComponent())
        try DurableFile.write(content, to: target, permissions: 0o755)
    }

    func put(_ path: String, in tree: String, _ content: String) throws { try put(path, in: tree, Array(content.utf8)) }

    /// What libguestfs takes for an installed Debian 12.
    ///
    /// - Parameters:
    ///   - elfClass: 2 for 64 bits, 1 for 32.
    ///   - initProgram: what /sbin/init leads to.
    func fakeLinux(_ tree: String, elfClass: UInt8 = 2, initProgram: String = "/lib/systemd/systemd") throws {
        let machine: UInt8 = elfClass == 2 ? 62 : 3
        let header: [UInt8] =
            [0x7F, 0x45, 0x4C, 0x46, elfClass, 1, 1, 0] + [UInt8](repeating: 0, count: 8) + [
                2, 0, machine, 0, 1, 0, 0, 0,
            ]
        let program = header + [UInt8](repeating: 0, count: 64)
        for path in ["bin/sh", "bin/bash", "bin/ls", "bin/rpm", "sbin/dummy"] { try put(path, in: tree, program) }
        try put(String(initProgram.dropFirst()), in: tree, program)
        for folder in ["boot", "dev", "proc", "sys", "tmp", "usr/bin", "var/lib/dpkg"] {
            try put(folder, in: tree, nil)
        }
        try put("etc/debian_version", in: tree, "12.5\n")
        try put("etc/os-release", in: tree, "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n")
        try put("etc/hostname", in: tree, "fake\n")
        try put("etc/fstab", in: tree, "/dev/sda / ext4 defaults 0 1\n")
        let link = path(tree).pushing("sbin/init")
        guard symlink(initProgram, link.string) == 0 else { throw HostFailure.systemCall("cannot link", errno: errno) }
    }
}

/// What the tests with libguestfs share.
enum Appliance {
    static let environment = ProcessInfo.processInfo.environment
    static let isThere = environment["KILN_TEST_BASE"] != nil

    static let settings = ApplianceSettings(
        acceleration: .tcg,
        cache: KilnHome(environment: ["KILN_HOME": environment["KILN_TEST_HOME"] ?? "/var/tmp/kiln-test-home"])
            .libguestfs)
}
