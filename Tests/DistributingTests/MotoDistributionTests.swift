import AWSClient
import Distributing
import Documents
import Failures
import Foundation
import HostSystem
import LocalMoto
import SystemPackage
import Testing

/// From a disk to AMIs in regions, on moto's server, seen from outside with the AWS CLI.
@Suite(.serialized, .enabled(if: LocalMoto.isInstalled), .timeLimit(.minutes(10))) struct MotoDistributionTests {
    private func unique(_ name: String) -> String { "\(name)-\(UInt32.random(in: 0 ..< .max))" }

    private func distribute(
        _ configuration: DistributionConfiguration?, _ image: DistributedImage, _ folder: FilePath, _ aws: AWSSession,
        regions: [String] = []
    ) async throws -> DistributionReport {
        var choices = DistributionPlan.Choices()
        choices.regions = regions
        var options = DistributionOptions(work: folder.appending("work"))
        options.polling = Polling(first: .milliseconds(50), longest: .milliseconds(200), limit: .seconds(60))
        return try await Distributor(
            try DistributionPlan(configuration, image: image, choices: choices),
            source: .init(disk: folder.appending("disk.qcow2"), isRaw: false), options: options, aws: aws
        ).run()
    }

    private func image(_ folder: FilePath, name: String) async throws -> DistributedImage {
        let disk = try await Place.disk(folder)
        // Each test has a disk of its own, as far as the servers know.
        let digest = String(
            try await HostCommand("sh", ["-c", "(cat \(disk); echo \(name)) | sha256sum"]).run().prefix(64))
        return Sample.image(name: name, digest: digest)
    }

    @Test("An AMI in three regions with all that the document says; a second run makes nothing new")
    func regions() async throws {
        let server = try await LocalMoto.shared()
        let name = unique("web")
        let template = try await template(server, region: "eu-west-1")
        let configuration = try Sample.configuration(
            """
            Region: eu-central-1
            AmiDistributionConfiguration:
              Name: "\(name) {{ imagebuilder:buildVersion }}"
              AmiTags: {Team: edge}
              LaunchPermissionConfiguration: {UserIds: ["111122223333"]}
            SsmParameterConfigurations: [{ParameterName: /\(name), DataType: text}]
            """,
            """
            Region: eu-west-1
            LaunchTemplateConfigurations: [{LaunchTemplateId: \(template)}]
            """, "Region: us-east-1")
        try await withScratchFolder { folder in
            let image = try await image(folder, name: name)
            try await AWSSession.with(server.settings()) { aws in
                let report = try await distribute(configuration, image, folder, aws)
                #expect(report.isComplete, "\(report)")
                #expect(report.account == LocalMoto.account)
                #expect(report.regions.map(\.region) == ["eu-central-1", "eu-west-1", "us-east-1"])
                let ids = try report.regions.map { try #require($0.image) }
                #expect(Set(ids).count == 3)
                let shown = try await server.aws("ec2", "describe-images", "--image-ids", ids[0])
                #expect(shown.contains("\"Name\": \"\(name) 3\""))
                #expect(shown.contains("\"Value\": \"edge\""))
                #expect(shown.contains("\"Value\": \"\(image.digest)\""))
                let permissions = try await server.aws(
                    "ec2", "describe-image-attribute", "--image-id", ids[0], "--attribute", "launchPermission")
                #expect(permissions.contains("111122223333"))
                #expect(try await server.aws("ssm", "get-parameter", "--name", "/\(name)").contains(ids[0]))
                for (id, region) in zip(ids, ["eu-central-1", "eu-west-1", "us-east-1"]) {
                    let copy = try await server.aws("ec2", "describe-images", "--image-ids", id, region: region)
                    #expect(copy.contains("\"Value\": \"Kiln\""))
                }
                let versions = try await server.aws(
                    "ec2", "describe-launch-template-versions", "--launch-template-id", template, region: "eu-west-1")
                #expect(versions.contains(ids[1]))
                let before = try await inventory(server)
                let again = try await distribute(configuration, image, folder, aws)
                #expect(again.isComplete)
                #expect(again.regions.map(\.image) == ids)
                #expect(again.regions.allSatisfy { $0.done.isEmpty }, "\(again)")
                #expect(try await inventory(server) == before)
                #expect(try Folders.names(in: folder.appending("work")).isEmpty)
            }
        }
    }

    /// All that a second run might have made.
    private func inventory(_ server: LocalMoto) async throws -> [String] {
        var all: [String] = []
        for region in ["eu-central-1", "eu-west-1", "us-east-1"] {
            all.append(
                try await server.aws(
                    "ec2", "describe-images", "--owners", "self", "--query", "sort(Images[].ImageId)", region: region))
            all.append(
                try await server.aws(
                    "ec2", "describe-snapshots", "--owner-ids", "self", "--query", "sort(Snapshots[].SnapshotId)",
                    region: region))
            all.append(
                try await server.aws(
                    "ec2", "describe-launch-templates", "--query", "LaunchTemplates[].LatestVersionNumber",
                    region: region))
        }
        return all
    }

    private func template(_ server: LocalMoto, region: String) async throws -> String {
        let made = try await server.aws(
            "ec2", "create-launch-template", "--launch-template-name", unique("template"), "--launch-template-data",
            "{\"ImageId\": \"ami-1\", \"InstanceType\": \"t3.nano\"}", "--query", "LaunchTemplate.LaunchTemplateId",
            region: region)
        return made.trimmingCharacters(in: CharacterSet(charactersIn: "\"\n "))
    }

    @Test("The snapshot read back is the disk, and what nobody wrote was not sent")
    func snapshot() async throws {
        let server = try await LocalMoto.shared()
        try await withScratchFolder { folder in
            let image = try await image(folder, name: unique("disk"))
            try await AWSSession.with(server.settings()) { aws in
                let report = try await distribute(nil, image, folder, aws, regions: ["eu-central-1"])
                let snapshot = try #require(report.regions.first?.snapshots.first)
                let ebs = try aws.ebs()
                let blocks = try await ebs.listBlocks(of: snapshot)
                #expect(blocks.map(\.index).sorted() == Array(0...6) + [20, 39])
                let raw = folder.appending("disk.raw")
                try await HostCommand(
                    "qemu-img", ["convert", "-O", "raw", folder.appending("disk.qcow2").string, raw.string]
                ).run()
                var copy = [UInt8](repeating: 0, count: 20 << 20)
                for block in blocks {
                    let content = try await ebs.read(block, of: snapshot)
                    let start = block.index * EBSBlock.size
                    copy.replaceSubrange(start..<start + EBSBlock.size, with: content)
                }
                #expect(try Folders.read(raw) == copy)
            }
        }
    }

    @Test("A region whose name is taken by another image fails, and the others are done")
    func taken() async throws {
        let server = try await LocalMoto.shared()
        let name = unique("taken")
        let ami = "AmiDistributionConfiguration: {Name: \"\(name)-{{ imagebuilder:buildVersion }}\"}"
        let configuration = try Sample.configuration(
            "Region: eu-central-1\n\(ami)", "Region: eu-west-1\n\(ami)", "Region: us-east-1\n\(ami)")
        try await withScratchFolder { folder in
            let image = try await image(folder, name: name)
            try await AWSSession.with(server.settings()) { aws in
                try await server.aws("ec2", "register-image", "--name", "\(name)-3")
                let report = try await distribute(configuration, image, folder, aws)
                #expect(report.regions.map(\.state) == [.failed, .available, .available], "\(report)")
                let problem = try #require(report.regions[0].problem)
                #expect(problem.message.contains("the name '\(name)-3' is taken in eu-central-1"))
                #expect(problem.hint != nil)
                #expect(!report.isComplete && !report.isCancelled)
            }
        }
    }

    @Test(
        "A launch template that is not there fails its region only, which still says what was done; a later run mends it"
    )
    func missingTemplate() async throws {
        let server = try await LocalMoto.shared()
        let name = unique("late")
        let first = try Sample.configuration(
            "Region: eu-central-1",
            "Region: eu-west-1\nLaunchTemplateConfigurations: [{LaunchTemplateId: lt-00000000000000000}]",
            "Region: us-east-1")
        try await withScratchFolder { folder in
            let image = try await image(folder, name: name)
            try await AWSSession.with(server.settings()) { aws in
                let report = try await distribute(first, image, folder, aws)
                #expect(report.regions.map(\.state) == [.available, .failed, .available], "\(report)")
                #expect(report.regions[1].image != nil)
                #expect(!report.regions[1].done.isEmpty)
                let template = try await template(server, region: "eu-west-1")
                let second = try Sample.configuration(
                    "Region: eu-central-1",
                    "Region: eu-west-1\nLaunchTemplateConfigurations: [{LaunchTemplateId: \(template)}]",
                    "Region: us-east-1")
                let mended = try await distribute(second, image, folder, aws)
                #expect(mended.isComplete)
                #expect(mended.regions.map(\.image) == report.regions.map(\.image))
                #expect(mended.regions.map(\.done.count) == [0, 2, 0], "\(mended)")
            }
        }
    }

    @Test("A run that is cancelled before it begins makes nothing and says so")
    func cancelled() async throws {
        let server = try await LocalMoto.shared()
        try await withScratchFolder { folder in
            let image = try await image(folder, name: unique("cancelled"))
            try await AWSSession.with(server.settings()) { aws in
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return try await distribute(nil, image, folder, aws, regions: ["eu-central-1"])
                }
                switch await task.result {
                case .success(let report): #expect(report.isCancelled, "\(report)")
                case .failure(let error): #expect((error as? AWSFailure)?.code == .cancelled, "\(error)")
                }
                let ec2 = try aws.ec2()
                let left = try await ec2.describeSnapshots(
                    owners: ["self"], filters: ["tag:kiln:image": [image.digest]])
                #expect(left.isEmpty)
            }
        }
    }
}
