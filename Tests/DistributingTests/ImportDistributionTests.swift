import AWSClient
import Disks
import Distributing
import Documents
import Failures
import Foundation
import HostSystem
import LocalImports
import LocalMoto
import LocalS3
import SystemPackage
import Testing

/// The ways by S3: a real object in SeaweedFS, read by the tests' ImportSnapshot and ImportImage in front of moto.
@Suite(.serialized, .enabled(if: LocalImports.isInstalled), .timeLimit(.minutes(10))) struct ImportDistributionTests {
    /// Everything of one test: a disk with a partition table, servers, and a session for all of AWS.
    private struct Place: Sendable {
        let folder: FilePath
        let image: DistributedImage
        let aws: AWSSession
        let bucket: S3Location

        func run(_ ways: [DistributionWay], keepsObject: Bool = false) async throws -> DistributionReport {
            var choices = DistributionPlan.Choices(ways: ways)
            choices.regions = ["eu-central-1", "us-east-1"]
            var options = DistributionOptions(work: folder.appending("work"))
            options.polling = Polling(first: .milliseconds(50), longest: .milliseconds(200), limit: .seconds(60))
            options.bucket = bucket
            options.keepsObject = keepsObject
            return try await Distributor(
                try DistributionPlan(nil, image: image, choices: choices),
                source: .init(disk: folder.appending("disk.qcow2"), isRaw: false), options: options, aws: aws
            ).run()
        }

        /// The snapshot's blocks, as a raw disk.
        func read(_ snapshot: String, bytes: Int) async throws -> [UInt8] {
            let ebs = try aws.ebs(region: "eu-central-1")
            var disk = [UInt8](repeating: 0, count: bytes)
            for block in try await ebs.listBlocks(of: snapshot) {
                let content = try await ebs.read(block, of: snapshot)
                let start = block.index * EBSBlock.size
                guard start < bytes else { continue }
                let end = min(start + EBSBlock.size, bytes)
                disk.replaceSubrange(start..<end, with: content[..<(end - start)])
            }
            return disk
        }

        func objects() async throws -> [String] {
            try await aws.s3(region: "eu-central-1").listObjects(bucket, limit: 100).map(\.key)
        }
    }

    private func withPlace(
        _ behaviour: LocalImports.Behaviour = .init(), _ body: @Sendable (Place) async throws -> Void
    ) async throws {
        let s3 = try await LocalS3.shared()
        try await LocalImports.with(moto: .shared(), s3: s3, behaviour: behaviour) { imports in
            try await withScratchFolder { folder in
                let disk = folder.appending("disk.qcow2")
                let script = """
                    set -e
                    truncate -s 20M \(folder)/disk.raw
                    echo 'label: gpt\\n, 16M' | sfdisk -q \(folder)/disk.raw
                    qemu-img convert -q -f raw -O qcow2 \(folder)/disk.raw \(disk)
                    qemu-io -c 'write -P \(UInt8.random(in: 1 ... .max)) 2M 700k' -c 'write -z 5M 512k' \(disk) >/dev/null
                    sha256sum \(disk)
                    """
                let printed = try await HostCommand("sh", ["-c", script], package: "qemu-utils").run()
                // Each test has a disk of its own, as far as the servers know.
                let name = "import-\(UInt32.random(in: 0 ..< .max))"
                let digest = String(printed.prefix(56)) + String(name.suffix(8).map { $0.isNumber ? $0 : "0" })
                var environment = imports.environment
                environment["AWS_ENDPOINT_URL_S3"] = s3.endpoint
                environment["AWS_ACCESS_KEY_ID"] = s3.accessKeyID
                environment["AWS_SECRET_ACCESS_KEY"] = s3.secret.reveal()
                let settings = try AWSSettings(
                    flags: .init(region: "eu-central-1"), environment: environment)
                try await AWSSession.with(settings) { aws in
                    try await body(
                        Place(
                            folder: folder, image: Sample.image(name: name, digest: digest), aws: aws,
                            bucket: try S3Location(parsing: "s3://\(LocalS3.bucket)/\(name)/")))
                }
            }
        }
    }

    @Test("By ImportSnapshot: the snapshot is the disk, the object goes, and a second run makes nothing new")
    func snapshot() async throws {
        try await withPlace { place in
            let report = try await place.run([.s3])
            #expect(report.isComplete, "\(report)")
            let raw = place.folder.appending("expected.raw")
            try await HostCommand(
                "qemu-img", ["convert", "-O", "raw", place.folder.appending("disk.qcow2").string, raw.string]
            ).run()
            // The one that was imported; moto gives each image that it registers another one besides.
            let snapshot = try #require(report.regions[0].snapshots.first)
            let content = try await place.read(snapshot, bytes: 20 << 20)
            #expect(try Folders.read(raw) == content)
            #expect(try await place.objects() == [])
            #expect(try Folders.names(in: place.folder.appending("work")) == [])

            let again = try await place.run([.s3])
            #expect(again.isComplete && again.regions.map(\.image) == report.regions.map(\.image))
            #expect(again.regions.allSatisfy { $0.done.isEmpty }, "\(again)")
        }
    }

    @Test("By ImportImage: the AMI has the plan's name, and what the import made under its own is gone")
    func image() async throws {
        try await withPlace { place in
            let report = try await place.run([.importImage], keepsObject: true)
            #expect(report.isComplete, "\(report)")
            let ec2 = try place.aws.ec2(region: "eu-central-1")
            let name = try #require(report.regions[0].name)
            let image = try #require(try await ec2.image(named: name))
            #expect(image.id == report.regions[0].image)
            let ours = try await ec2.describeImages(owners: ["self"]).filter {
                $0.tags["kiln:image"] == place.image.digest
            }
            #expect(ours.map(\.id) == [image.id])
            #expect(try await place.objects().count == 1, "it was to be kept")
        }
    }

    @Test("What EC2 says of an import that failed is told; nothing of it is left, and the next run begins anew")
    func failure() async throws {
        var behaviour = LocalImports.Behaviour()
        behaviour.failure = (.converting, "ClientError: Disk validation failed [Unsupported VMDK File Format]")
        try await withPlace(behaviour) { place in
            let report = try await place.run([.s3])
            #expect(report.regions.map(\.state) == [.failed, .failed])
            #expect(report.regions[0].problem?.message.contains("Unsupported VMDK File Format") == true, "\(report)")
            #expect(try await place.objects() == [])
            let left = try await place.aws.ec2(region: "eu-central-1").describeSnapshots(
                owners: ["self"], filters: ["tag:kiln:image": [place.image.digest]])
            #expect(left.isEmpty)
        }
    }

    @Test("A role that is not there is told with its name")
    func role() async throws {
        var behaviour = LocalImports.Behaviour()
        behaviour.roles = ["other"]
        try await withPlace(behaviour) { place in
            let report = try await place.run([.s3])
            #expect(!report.isComplete)
            #expect(report.regions[0].problem?.message.contains("vmimport") == true, "\(report)")
            #expect(try await place.objects() == [])
        }
    }
}
