import Failures
import Foundation
import HostSystem
import LocalImports
import LocalS3
import Synchronization
import SystemPackage
import Testing

@testable import AWSClient

/// Imports that EC2 refuses, at once or after a while.
@Suite(.serialized, .enabled(if: LocalImports.isInstalled), .timeLimit(.minutes(10))) struct ImportFailureTests {
    @Test(
        "A file that EC2 would not take is refused in its words",
        arguments: [
            (SnapshotImport.Format.vmdk, "vmdk", "subformat=monolithicSparse", "[Unsupported VMDK File Format]"),
            (.vmdk, "", "", "[Unsupported VMDK File Format]"), (.vhd, "", "", "[Unsupported VHD File Format]"),
            (.vhd, "vmdk", "subformat=streamOptimized", "[Unsupported VHD File Format]"),
        ])
    func unfit(format: SnapshotImport.Format, driver: String, options: String, message: String) async throws {
        try await withScratchFolder { folder in
            let disk = try Imports.disk(folder)
            let file = driver.isEmpty ? disk : try await Imports.converted(disk, driver, options)
            let error = try await failure(of: SnapshotImport(Imports.stored(file), format, token: Imports.token()))
            #expect(error.code == .failedThere)
            #expect(error.message.contains("is deleted: ClientError: Disk validation failed \(message)"))
        }
    }

    @Test("A VMDK that ends too early is refused")
    func cut() async throws {
        try await withScratchFolder { folder in
            let file = try await Imports.converted(Imports.disk(folder), "vmdk", "subformat=streamOptimized")
            // qemu-img leaves some room at the end: a small cut would take nothing.
            let size = try #require(
                try FileManager.default.attributesOfItem(atPath: file.string)[.size] as? Int)
            try await HostCommand("truncate", ["-s", "\(size / 2)", file.string]).run()
            let error = try await failure(of: SnapshotImport(Imports.stored(file), .vmdk, token: Imports.token()))
            #expect(error.message.contains("ClientError: Disk validation failed [Invalid VMDK file]"))
        }
    }

    @Test(
        "An object or a bucket that is not there",
        arguments: [
            S3Location(bucket: LocalS3.bucket, key: "no/such/object"),
            S3Location(bucket: "kiln-no-such-bucket", key: "disk"),
        ])
    func missing(location: S3Location) async throws {
        let error = try await failure(of: SnapshotImport(location, .raw, token: Imports.token()))
        #expect(error.message.contains("We do not have access to the given resource. Reason 404 Not Found"))
    }

    private func failure(of wanted: SnapshotImport) async throws -> AWSFailure {
        try await Imports.with { imports in
            try await AWSSession.with(imports.settings()) { aws in
                let ec2 = try aws.ec2()
                let task = try await ec2.importSnapshot(wanted)
                let error = await #expect(throws: AWSFailure.self) {
                    try await ec2.waitUntilImported(task.id, Imports.polling)
                }
                #expect(try await ec2.describeImportSnapshotTasks([task.id]).first?.snapshotIDs == [])
                return try #require(error)
            }
        }
    }

    @Test("A role that is not there, and a limit that is reached, are told at once")
    func refusals() async throws {
        let wanted = SnapshotImport(S3Location(bucket: "b", key: "k"), .raw, token: Imports.token())
        var behaviour = LocalImports.Behaviour()
        behaviour.roles = ["other"]
        let role = try await refusal(of: wanted, behaviour)
        #expect(role.serviceError?.code == "InvalidParameter")
        #expect(role.message.contains("service role vmimport provided does not exist"))
        behaviour.refusal = .init("ResourceCountLimitExceeded", "The limit of concurrent imports is reached")
        #expect(try await refusal(of: wanted, behaviour).code == .quota)
    }

    private func refusal(of wanted: SnapshotImport, _ behaviour: LocalImports.Behaviour) async throws -> AWSFailure {
        try await Imports.with(behaviour) { imports in
            try await AWSSession.with(imports.settings(), retry: RetryPolicy(attempts: 1)) { aws in
                let ec2 = try aws.ec2()
                let error = await #expect(throws: AWSFailure.self) { try await ec2.importSnapshot(wanted) }
                #expect(try await ec2.describeImportSnapshotTasks().isEmpty)
                return try #require(error)
            }
        }
    }

    @Test("A task fails where the test wants it to", arguments: LocalImports.Stage.allCases)
    func failureOnDemand(stage: LocalImports.Stage) async throws {
        try await withScratchFolder { folder in
            let location = try await Imports.stored(Imports.disk(folder))
            var behaviour = LocalImports.Behaviour()
            behaviour.failure = (stage, "ServerError: an internal error has occurred during conversion.")
            try await Imports.with(behaviour) { imports in
                try await AWSSession.with(imports.settings()) { aws in
                    let ec2 = try aws.ec2()
                    let task = try await ec2.importSnapshot(SnapshotImport(location, .raw, token: Imports.token()))
                    let last = Mutex("pending")
                    let error = await #expect(throws: AWSFailure.self) {
                        try await ec2.waitUntilImported(task.id, Imports.polling) { task in
                            if task.status == "active" { last.withLock { $0 = task.statusMessage ?? "" } }
                        }
                    }
                    #expect(last.withLock { $0 } == stage.rawValue)
                    #expect(error?.message.hasSuffix("an internal error has occurred during conversion.") == true)
                }
            }
        }
    }
}
