import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import Distributing

@Suite struct DistributionFolderTests {
    private func journal(_ name: String, in folder: FilePath, daysOld days: Double) throws {
        let file = folder.appending(name)
        try DurableFile.write([1], to: file)
        try FileManager.default.setAttributes(
            [.modificationDate: Date().addingTimeInterval(-days * 86400)], ofItemAtPath: file.string)
    }

    private func names(_ folder: FilePath) throws -> [String] {
        try Folders.names(in: folder).filter { $0 != "lock" }.sorted()
    }

    @Test("What a killed run has left goes: files that were to be sent, and journals whose snapshot EC2 has dropped")
    func swept() async throws {
        try await withScratchFolder { folder in
            try journal("old.blocks", in: folder, daysOld: 4)
            try journal("new.blocks", in: folder, daysOld: 2)
            try DurableFile.write([1], to: folder.appending("kiln-abc-eu-central-1.vmdk"))
            try Folders.create(folder.appending(".draft"))
            _ = try await DistributionFolder.open(folder)
            #expect(try names(folder) == ["new.blocks"])
        }
    }

    @Test("Of many journals the newest stay")
    func bounded() async throws {
        try await withScratchFolder { folder in
            for number in 0..<DistributionFolder.mostKept + 3 {
                try journal("\(number).blocks", in: folder, daysOld: Double(number) / 1000)
            }
            _ = try await DistributionFolder.open(folder)
            let left = try Set(names(folder))
            #expect(left == Set((0..<DistributionFolder.mostKept).map { "\($0).blocks" }))
        }
    }

    @Test("While another distribution runs nothing of its files is touched, and both go on at once")
    func shared() async throws {
        try await withScratchFolder { folder in
            let first = try await DistributionFolder.open(folder)
            try DurableFile.write([1], to: folder.appending("sending.vmdk"))
            try journal("old.blocks", in: folder, daysOld: 30)
            let second = try await DistributionFolder.open(folder)
            #expect(try names(folder) == ["old.blocks", "sending.vmdk"])
            second.close()
            first.close()
        }
    }
}
