import Failures
import Foundation
import HostSystem
import LocalImports
import Synchronization
import SystemPackage
import Testing

@testable import AWSClient

/// Disks that go through S3 into EC2, on a server that does what EC2 does with them.
@Suite(.serialized, .enabled(if: LocalImports.isInstalled), .timeLimit(.minutes(10))) struct ImportTests {
    @Test(
        "A snapshot imported of each format is the disk, and an image can be made of it",
        arguments: [
            (SnapshotImport.Format.raw, "", ""), (.vmdk, "vmdk", "subformat=streamOptimized"),
            (.vhd, "vpc", "subformat=dynamic,force_size=on"), (.vhd, "vpc", "subformat=fixed,force_size=on"),
        ])
    func snapshot(format: SnapshotImport.Format, driver: String, options: String) async throws {
        try await withScratchFolder { folder in
            let disk = try Imports.disk(folder)
            let file = format == .raw ? disk : try await Imports.converted(disk, driver, options)
            let location = try await Imports.stored(file)
            try await Imports.with { imports in
                try await AWSSession.with(imports.settings()) { aws in
                    let ec2 = try aws.ec2()
                    var wanted = SnapshotImport(location, format, token: Imports.token())
                    wanted.description = "a < b"
                    wanted.tags = ["Name": "ü & more"]
                    let begun = try await ec2.importSnapshot(wanted)
                    #expect(begun.id.hasPrefix("import-snap-"))
                    #expect((begun.status, begun.statusMessage) == ("active", "pending"))
                    #expect(begun.tags == wanted.tags)
                    let seen = Mutex<[ImportTask]>([])
                    let task = try await ec2.waitUntilImported(begun.id, Imports.polling) { task in
                        seen.withLock { $0.append(task) }
                    }
                    // Every look shows at most one step more.
                    let steps = seen.withLock { $0 }.map { $0.statusMessage ?? $0.status }.filter { $0 != "pending" }
                    #expect(Set(steps) == ["converting", "updating", "completed"])
                    #expect(steps.first == "converting")
                    let progress = seen.withLock { $0 }.compactMap(\.progress)
                    #expect(progress == progress.sorted())
                    let id = try #require(task.snapshotIDs.first)

                    let original = Array(try Data(contentsOf: URL(fileURLWithPath: disk.string)))
                    let content = try await Imports.content(of: id, try aws.ebs(), size: original.count)
                    #expect(content.prefix(original.count) == original[...])
                    #expect(content.dropFirst(original.count).allSatisfy { $0 == 0 })
                    let image = try await ec2.registerImage(
                        ImageRegistration(
                            name: Imports.token(), architecture: .arm64, bootMode: .uefi, enaSupport: true,
                            requiresIMDSv2: true, hasTPM: false, rootDeviceName: "/dev/xvda",
                            devices: [ImageDevice(name: "/dev/xvda", snapshotID: id, size: 1)]))
                    // moto's images have disks of moto's own; ours must only be known to it.
                    #expect(try await ec2.waitUntilAvailable(image: image, Imports.polling).state == "available")
                    #expect(try await ec2.describeSnapshots(ids: [id]).first?.state == "completed")
                }
            }
        }
    }

    @Test("A task is cancelled wherever it is, once", arguments: LocalImports.Stage.allCases)
    func cancel(stage: LocalImports.Stage) async throws {
        try await withScratchFolder { folder in
            let location = try await Imports.stored(Imports.disk(folder))
            var behaviour = LocalImports.Behaviour()
            behaviour.standstill = stage
            try await Imports.with(behaviour) { imports in
                try await AWSSession.with(imports.settings()) { aws in
                    let ec2 = try aws.ec2()
                    let id = try await ec2.importSnapshot(SnapshotImport(location, .raw, token: Imports.token())).id
                    _ = try await Imports.polling.until("the stage", .system) { () throws(AWSFailure) -> Bool? in
                        try await ec2.describeImportSnapshotTasks([id]).first?.statusMessage == stage.rawValue
                            ? true : nil
                    }
                    try await ec2.cancelImportTask(id, reason: "no more")
                    let error = await #expect(throws: AWSFailure.self) {
                        try await ec2.waitUntilImported(id, Imports.polling)
                    }
                    #expect(error?.code == .failedThere)
                    let again = await #expect(throws: AWSFailure.self) { try await ec2.cancelImportTask(id) }
                    #expect(again?.serviceError?.code == "IncorrectState")
                    let unknown = await #expect(throws: AWSFailure.self) {
                        try await ec2.cancelImportTask("import-snap-0")
                    }
                    #expect(unknown?.code == .notFound)
                }
            }
        }
    }

    @Test("A task that is cancelled leaves nothing, even where it was done and nobody had looked")
    func cancelDone() async throws {
        try await withScratchFolder { folder in
            let location = try await Imports.stored(Imports.disk(folder))
            try await Imports.with { imports in
                try await AWSSession.with(imports.settings()) { aws in
                    // A region that no other test uses.
                    let ec2 = try aws.ec2(region: "eu-south-2")
                    let before = Set(try await ec2.describeSnapshots(owners: ["self"]).map(\.id))
                    let id = try await ec2.importSnapshot(SnapshotImport(location, .raw, token: Imports.token())).id
                    let made = try await Imports.polling.until("the snapshot", .system) {
                        () throws(AWSFailure) -> String? in
                        try await ec2.describeSnapshots(owners: ["self"]).map(\.id).first { !before.contains($0) }
                    }
                    try await ec2.cancelImportTask(id)
                    #expect(Set(try await ec2.describeSnapshots(owners: ["self"]).map(\.id)) == before)
                    let task = try #require(try await ec2.describeImportSnapshotTasks([id]).first)
                    #expect(task.status == "deleted")
                    #expect(task.snapshotIDs == [])
                    #expect(!before.contains(made))
                }
            }
        }
    }

    @Test("A client token stands for one task in a region, and for one wish")
    func idempotence() async throws {
        var behaviour = LocalImports.Behaviour()
        behaviour.standstill = .pending
        try await Imports.with(behaviour) { imports in
            try await AWSSession.with(imports.settings()) { aws in
                let ec2 = try aws.ec2()
                var wanted = SnapshotImport(S3Location(bucket: "b", key: "k"), .raw, token: Imports.token())
                let first = try await ec2.importSnapshot(wanted)
                #expect(try await ec2.importSnapshot(wanted).id == first.id)
                let west = try aws.ec2(region: "eu-west-1")
                #expect(try await west.importSnapshot(wanted).id != first.id)
                wanted.location = S3Location(bucket: "b", key: "other")
                let error = await #expect(throws: AWSFailure.self) { try await ec2.importSnapshot(wanted) }
                #expect(error?.code == .conflict)
                wanted.token = Imports.token()
                let second = try await ec2.importSnapshot(wanted)
                #expect(try await ec2.describeImportSnapshotTasks().map(\.id) == [first.id, second.id])
            }
        }
    }
}
