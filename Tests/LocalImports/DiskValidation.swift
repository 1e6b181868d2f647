import Foundation
import HostSystem
import SystemPackage

/// What EC2 finds out of a disk file, as far as qemu-img tells.
enum DiskValidation {
    /// Makes a raw disk of a file, holes where the file has nothing; it is the file itself where that is one.
    ///
    /// - Throws: `ImportFault`.
    static func rawDisk(of file: FilePath, format: String) async throws -> FilePath {
        let driver: String
        switch format {
        case "VMDK": driver = "vmdk"
        case "VHD": driver = "vpc"
        default: return file
        }
        let info = try await qemuImage("info", "--output=json", "-f", driver, file.string)
        guard info.status == 0, let found = try? JSONDecoder().decode(Info.self, from: Data(info.standardOutput.utf8))
        else { throw ImportFault.invalid("Unsupported \(format) File Format") }
        if driver == "vmdk", found.formatSpecific?.data?.createType != "streamOptimized" {
            throw ImportFault.invalid("Unsupported VMDK File Format")
        }
        // 63: the format has nothing that could be checked, as VHD.
        let check = try await qemuImage("check", "-f", driver, file.string)
        guard [0, 63].contains(check.status) else { throw ImportFault.invalid("Invalid \(format) file") }
        let raw = FilePath(file.string + ".raw")
        let conversion = try await qemuImage("convert", "-f", driver, "-O", "raw", file.string, raw.string)
        guard conversion.status == 0 else { throw ImportFault.invalid("Invalid \(format) file") }
        return raw
    }

    /// - Throws: `ImportFault` where there is neither a GPT nor an MBR with a partition in it.
    static func checkPartitions(_ raw: FilePath) throws {
        let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: raw.string))
        defer { try? handle.close() }
        let start = Array(try handle.read(upToCount: 1024) ?? Data())
        let isGPT = start.count == 1024 && start[512..<520].elementsEqual("EFI PART".utf8)
        // Four entries of 16 bytes, their fifth byte the type.
        let isMBR =
            start.count >= 512 && start[510] == 0x55 && start[511] == 0xaa
            && (0..<4).contains { start[446 + 16 * $0 + 4] != 0 }
        guard isGPT || isMBR else { throw ImportFault("ClientError: No valid partitions. Not a valid volume.") }
    }

    private static func qemuImage(_ arguments: String...) async throws -> HostCommand.Output {
        try await HostCommand("qemu-img", arguments, limit: .seconds(600)).output()
    }

    private struct Info: Decodable {
        var formatSpecific: Specific?

        enum CodingKeys: String, CodingKey { case formatSpecific = "format-specific" }

        struct Specific: Decodable { var data: Details? }

        struct Details: Decodable {
            var createType: String?

            enum CodingKeys: String, CodingKey { case createType = "create-type" }
        }
    }
}
