import Foundation
import HostSystem
import LocalImports
import LocalMoto
import LocalS3
import SystemPackage

@testable import AWSClient

/// Disks in S3, and an account that imports them.
enum Imports {
    static let polling = Polling(first: .milliseconds(50), longest: .milliseconds(250), limit: .seconds(120))

    static func with<Value>(
        _ behaviour: LocalImports.Behaviour = .init(), _ body: (LocalImports) async throws -> Value
    ) async throws -> Value {
        try await LocalImports.with(moto: .shared(), s3: .shared(), behaviour: behaviour, body)
    }

    /// A raw disk of 4 MiB and a bit, with a partition table, data over the border of two blocks, and holes.
    static func disk(_ folder: FilePath, hasPartitions: Bool = true) throws -> FilePath {
        var content = [UInt8](repeating: 0, count: 8 * EBSBlock.size + 4096)
        for at in EBSBlock.size - 3000..<EBSBlock.size + 3000 { content[at] = .random(in: 0...255) }
        content[content.count - 1] = 7
        if hasPartitions {
            content[446 + 4] = 0x83
            (content[510], content[511]) = (0x55, 0xaa)
        }
        let file = folder.appending("disk.raw")
        try Data(content).write(to: URL(fileURLWithPath: file.string))
        return file
    }

    /// Another file of the same disk, by qemu-img.
    static func converted(_ disk: FilePath, _ driver: String, _ options: String) async throws -> FilePath {
        let file = FilePath(disk.string + ".\(driver)")
        try await HostCommand(
            "qemu-img", ["convert", "-f", "raw", "-O", driver, "-o", options, disk.string, file.string]
        ).run()
        return file
    }

    /// Puts a file into S3, under a key of its own.
    static func stored(_ file: FilePath) async throws -> S3Location {
        let location = S3Location(bucket: LocalS3.bucket, key: "imports/\(UInt64.random(in: 0 ..< .max)) & disk")
        let content = Array(try Data(contentsOf: URL(fileURLWithPath: file.string)))
        try await S3Client.with(try await LocalS3.shared().settings()) { s3 in
            try await s3.putObject(content, to: location, contentType: "application/octet-stream")
        }
        return location
    }

    /// Puts a snapshot's blocks together.
    static func content(of snapshot: String, _ ebs: EBSClient, size: Int) async throws -> [UInt8] {
        var content = [UInt8](repeating: 0, count: (size + EBSBlock.size - 1) / EBSBlock.size * EBSBlock.size)
        for block in try await ebs.listBlocks(of: snapshot) {
            let start = block.index * EBSBlock.size
            content.replaceSubrange(start..<start + EBSBlock.size, with: try await ebs.read(block, of: snapshot))
        }
        return content
    }

    static func token() -> String { "kiln-\(UInt64.random(in: 0 ..< .max))" }
}
