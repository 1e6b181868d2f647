import Failures
import Foundation
import HostSystem
import LocalImports
import LocalMoto
import SystemPackage
import Testing

@testable import AWSClient

/// ImportImage, and both imports seen from outside with boto3.
@Suite(.serialized, .enabled(if: LocalImports.isInstalled), .timeLimit(.minutes(10))) struct ImageImportTests {
    @Test("Disks become an image")
    func image() async throws {
        try await withScratchFolder { folder in
            let disk = try Imports.disk(folder)
            let vmdk = try await Imports.converted(disk, "vmdk", "subformat=streamOptimized")
            let disks: [(location: S3Location, format: SnapshotImport.Format)] = [
                (try await Imports.stored(vmdk), .vmdk), (try await Imports.stored(disk), .raw),
            ]
            try await Imports.with { imports in
                try await AWSSession.with(imports.settings()) { aws in
                    let ec2 = try aws.ec2()
                    var wanted = ImageImport(
                        disks: disks, architecture: .x86_64, bootMode: .uefi, token: Imports.token())
                    wanted.tags = ["Name": "web"]
                    let begun = try await ec2.importImage(wanted)
                    #expect(begun.id.hasPrefix("import-ami-"))
                    let task = try await ec2.waitUntilImported(begun.id, Imports.polling)
                    #expect(task.tags == ["Name": "web"])
                    #expect(Set(task.snapshotIDs).count == 2)
                    let id = try #require(task.imageID)
                    let image = try await ec2.waitUntilAvailable(image: id, Imports.polling)
                    #expect(image.name == begun.id)
                    // moto keeps nothing else of what RegisterImage tells it.
                    #expect(image.description == "AWS-VMImport service: Linux")
                    let original = Array(try Data(contentsOf: URL(fileURLWithPath: disk.string)))
                    for snapshot in task.snapshotIDs {
                        let content = try await Imports.content(of: snapshot, try aws.ebs(), size: original.count)
                        #expect(content.prefix(original.count) == original[...])
                    }
                }
            }
        }
    }

    @Test("A disk without partitions becomes no image, and nothing is left of it or of those beside it")
    func noPartitions() async throws {
        try await withScratchFolder { folder in
            let whole = try await Imports.stored(Imports.disk(folder))
            let location = try await Imports.stored(Imports.disk(folder, hasPartitions: false))
            try await Imports.with { imports in
                // A region that no other test uses.
                try await AWSSession.with(imports.settings()) { aws in
                    let ec2 = try aws.ec2(region: "eu-south-1")
                    let before = try await ec2.describeSnapshots(owners: ["self"]).map(\.id)
                    let task = try await ec2.importImage(
                        ImageImport(
                            disks: [(whole, .raw), (location, .raw)], architecture: .x86_64, bootMode: .legacyBIOS,
                            token: Imports.token()))
                    let error = await #expect(throws: AWSFailure.self) {
                        try await ec2.waitUntilImported(task.id, Imports.polling)
                    }
                    #expect(error?.message.contains("ClientError: No valid partitions. Not a valid volume.") == true)
                    #expect(try await ec2.describeSnapshots(owners: ["self"]).map(\.id) == before)
                }
            }
        }
    }

    @Test("boto3 reads every answer, and what is not an import reaches moto")
    func boto3() async throws {
        try await withScratchFolder { folder in
            let location = try await Imports.stored(Imports.disk(folder))
            try await Imports.with { imports in
                let printed = try await HostCommand(
                    "python3", ["-c", Self.script, location.bucket, location.key], environment: imports.environment,
                    limit: .seconds(180)
                ).run()
                let seen = try JSONDecoder().decode(Seen.self, from: Data(printed.utf8))
                #expect(seen.refusals.arm64 == "InvalidParameterValue")
                #expect(seen.refusals.bootMode == "InvalidParameterValue")
                #expect(seen.refusals.format == "InvalidParameter")
                #expect(seen.refusals.dryRun == "DryRunOperation")
                #expect(seen.refusals.unknown == "InvalidConversionTaskId.NotFound")
                #expect(seen.refusals.key == "InvalidParameterCombination")
                #expect(seen.refusals.filter == "InvalidParameterValue")
                let cancelled = [
                    "PreviousState": "active", "State": "deleted", "ImportTaskId": seen.encrypted.ImportTaskId ?? "",
                ]
                #expect(seen.cancelled == cancelled)
                let snapshot = seen.snapshot.SnapshotTaskDetail
                #expect((snapshot.Status, snapshot.Format) == ("completed", "RAW"))
                #expect(snapshot.DiskImageSize == Double(8 * EBSBlock.size + 4096))
                #expect(snapshot.UserBucket == ["S3Bucket": location.bucket, "S3Key": location.key])
                #expect(snapshot.Progress == nil)
                #expect((snapshot.Encrypted, snapshot.KmsKeyId) == (false, nil))
                let encrypted = seen.encrypted.SnapshotTaskDetail
                #expect((encrypted.Encrypted, encrypted.KmsKeyId) == (true, "alias/kiln"))
                #expect((encrypted.Status, encrypted.StatusMessage, encrypted.Progress) == ("active", "pending", "3"))
                #expect(seen.snapshot.Tags == [["Key": "Name", "Value": "boto"]])
                let image = seen.image
                #expect((image.Status, image.BootMode) == ("completed", "uefi"))
                #expect((image.Architecture, image.Platform) == ("x86_64", "Linux"))
                #expect(image.SnapshotDetails.map(\.DeviceName) == ["/dev/sda1"])
                #expect(image.SnapshotDetails.first?.UserBucket["S3Key"] == location.key)
                // What moto itself knows.
                let moto = try await LocalMoto.shared()
                #expect(
                    try await moto.aws("ec2", "describe-images", "--image-ids", image.ImageId).contains(image.ImageId))
                let id = try #require(snapshot.SnapshotId)
                #expect(try await moto.aws("ec2", "describe-snapshots", "--snapshot-ids", id).contains("completed"))
                #expect(seen.regions > 10)
            }
        }
    }

    private struct Seen: Decodable {
        var refusals: Refusals
        var snapshot: SnapshotTask
        var image: ImageTask
        var encrypted: SnapshotTask
        var cancelled: [String: String]
        var regions: Int

        struct Refusals: Decodable {
            var arm64, bootMode, format, dryRun, unknown, key, filter: String?
        }

        struct SnapshotTask: Decodable {
            var ImportTaskId: String?
            var SnapshotTaskDetail: Detail
            var Tags: [[String: String]]
        }

        struct Detail: Decodable {
            var Status, StatusMessage, Format, DeviceName, SnapshotId, Progress, KmsKeyId: String?
            var Encrypted: Bool?
            var DiskImageSize: Double
            var UserBucket: [String: String]
        }

        struct ImageTask: Decodable {
            var ImageId: String
            var Status, BootMode, Architecture, Platform: String?
            var SnapshotDetails: [Detail]
        }
    }

    private static let script = """
        import json, sys, time, boto3
        from botocore.exceptions import ClientError
        bucket, key = sys.argv[1:]
        ec2 = boto3.client("ec2")
        disk = {"Format": "RAW", "UserBucket": {"S3Bucket": bucket, "S3Key": key}}
        def code(call, **arguments):
            try: call(**arguments)
            except ClientError as error: return error.response["Error"]["Code"]
        def ended(look, name, task):
            for _ in range(600):
                found = look(ImportTaskIds=[task])[name][0]
                if found.get("SnapshotTaskDetail", found)["Status"] != "active": return found
                time.sleep(0.1)
            sys.exit("the import does not end")
        refusals = {
            "arm64": code(ec2.import_image, Architecture="arm64", DiskContainers=[disk]),
            "bootMode": code(ec2.import_image, BootMode="uefi-preferred", DiskContainers=[disk]),
            "format": code(ec2.import_snapshot, DiskContainer=dict(disk, Format="QCOW2")),
            "dryRun": code(ec2.import_snapshot, DiskContainer=disk, DryRun=True),
            "key": code(ec2.import_snapshot, DiskContainer=disk, KmsKeyId="alias/kiln"),
            "filter": code(ec2.describe_import_snapshot_tasks, Filters=[{"Name": "task-state", "Values": ["active"]}]),
            "unknown": code(ec2.describe_import_image_tasks, ImportTaskIds=["import-ami-0"]),
        }
        tags = [{"ResourceType": "import-snapshot-task", "Tags": [{"Key": "Name", "Value": "boto"}]}]
        snapshot = ec2.import_snapshot(DiskContainer=disk, TagSpecifications=tags)
        image = ec2.import_image(DiskContainers=[disk], BootMode="uefi", Platform="Linux", Architecture="x86_64")
        encrypted = ec2.import_snapshot(DiskContainer=disk, Encrypted=True, KmsKeyId="alias/kiln")
        cancelled = ec2.cancel_import_task(ImportTaskId=encrypted["ImportTaskId"])
        for answer in encrypted, cancelled: del answer["ResponseMetadata"]
        print(json.dumps({
            "encrypted": encrypted, "cancelled": cancelled,
            "refusals": refusals, "regions": len(ec2.describe_regions()["Regions"]),
            "snapshot": ended(ec2.describe_import_snapshot_tasks, "ImportSnapshotTasks", snapshot["ImportTaskId"]),
            "image": ended(ec2.describe_import_image_tasks, "ImportImageTasks", image["ImportTaskId"]),
        }))
        """
}
