import Failures
import Foundation
import HostSystem
import LocalMoto
import SystemPackage
import Testing

@testable import AWSClient

/// From a disk to images in two regions, on moto's server, seen from outside with the AWS CLI.
@Suite(.serialized, .enabled(if: LocalMoto.isInstalled), .timeLimit(.minutes(10))) struct MotoTests {
    private func unique(_ name: String) -> String { "\(name)-\(UInt32.random(in: 0 ..< .max))" }

    /// A raw disk of 20 MiB with data over the border of two blocks, a block of written zeros, and an end in the middle of a
    /// block.
    private func rawDisk(_ folder: FilePath) async throws -> FilePath {
        let file = folder.appending("disk.raw")
        try await HostCommand(
            "sh",
            [
                "-c",
                "truncate -s $((40 * 524288 + 4096)) \(file); "
                    + "head -c 1500000 /dev/urandom | dd of=\(file) bs=4096 seek=100 conv=notrunc status=none; "
                    + "head -c 524288 /dev/zero | dd of=\(file) bs=524288 seek=20 conv=notrunc status=none; "
                    + "head -c 4096 /dev/urandom | dd of=\(file) bs=524288 seek=40 conv=notrunc status=none",
            ]
        ).run()
        return file
    }

    private func uploaded(_ file: FilePath, _ aws: AWSSession) async throws -> UploadedSnapshot {
        let digest = String(try await HostCommand("sha256sum", [file.string]).run().prefix(64))
        var upload = EBSUpload(
            try RawDiskBlocks(file), digest: digest, journal: file.removingLastComponent().appending("journal"))
        upload.skipUnwritten = true
        upload.tags = ["Name": "kiln test"]
        return try await upload.run(try aws.ebs(), try aws.ec2())
    }

    @Test("A snapshot read back block by block is the disk it was made of")
    func snapshot() async throws {
        let server = try await LocalMoto.shared()
        try await withScratchFolder { folder in
            let file = try await rawDisk(folder)
            try await AWSSession.with(server.settings()) { aws in
                let snapshot = try await uploaded(file, aws)
                let ebs = try aws.ebs()
                let blocks = try await ebs.listBlocks(of: snapshot.id)
                #expect(blocks.count == snapshot.blocks)
                let copy = folder.appending("copy.raw")
                try await HostCommand("truncate", ["-s", "\(41 * EBSBlock.size)", copy.string]).run()
                let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: copy.string))
                for block in blocks {
                    try handle.seek(toOffset: UInt64(block.index * EBSBlock.size))
                    handle.write(Data(try await ebs.read(block, of: snapshot.id)))
                }
                try handle.close()
                try await HostCommand("truncate", ["-s", "\(40 * EBSBlock.size + 4096)", copy.string]).run()
                try await HostCommand("cmp", [file.string, copy.string]).run()
                // The block of zeros that somebody wrote is there, those that nobody wrote are not.
                #expect(blocks.contains { $0.index == 20 })
                #expect(!blocks.contains { $0.index == 30 })
                let shown = try await server.aws("ec2", "describe-snapshots", "--snapshot-ids", snapshot.id)
                #expect(shown.contains("kiln test"))
                #expect(shown.contains("\"State\": \"completed\""))
            }
        }
    }

    @Test("An image registered, copied, tagged, shared and named by a parameter and a launch template")
    func image() async throws {
        let server = try await LocalMoto.shared()
        let name = unique("web")
        try await withScratchFolder { folder in
            let file = try await rawDisk(folder)
            try await AWSSession.with(server.settings()) { aws in
                let snapshot = try await uploaded(file, aws)
                let ec2 = try aws.ec2()
                let id = try await ec2.registerImage(
                    ImageRegistration(
                        name: name, description: "a & b", architecture: .x86_64, bootMode: .uefiPreferred,
                        enaSupport: true, requiresIMDSv2: true, hasTPM: false, rootDeviceName: "/dev/xvda",
                        devices: [ImageDevice(name: "/dev/xvda", snapshotID: snapshot.id, size: snapshot.size)]))
                let image = try await ec2.waitUntilAvailable(image: id)
                #expect(image.description == "a & b")
                #expect(try await ec2.image(named: name)?.id == id)
                #expect(try await ec2.image(named: unique("none")) == nil)
                try await ec2.createTags(["Name": "web", "Kiln": "ü"], on: [id])
                #expect(try await ec2.describeImages(ids: [id]).first?.tags == ["Name": "web", "Kiln": "ü"])
                try await ec2.modifyLaunchPermissions(of: id, add: [.account("111122223333"), .everyone])
                try await ec2.modifyLaunchPermissions(of: id, remove: [.everyone])
                #expect(try await ec2.launchPermissions(of: id) == [.account("111122223333")])

                let west = try aws.ec2(region: "eu-west-1")
                let copy = try await west.copyImage(
                    ImageCopy(sourceImageID: id, sourceRegion: "eu-central-1", name: name, token: "t"))
                #expect(try await west.waitUntilAvailable(image: copy).name == name)
                #expect(
                    try await server.aws("ec2", "describe-images", "--image-ids", copy, region: "eu-west-1")
                        .contains(name))
                await #expect(throws: AWSFailure.self) { try await ec2.describeImages(ids: [copy]) }

                let parameter = "/kiln/\(name)"
                #expect(try await aws.ssm().putParameter(parameter, value: id) == 1)
                #expect(try await aws.ssm().putParameter(parameter, value: copy) == 2)
                #expect(
                    try await server.aws("ssm", "get-parameter", "--name", parameter).contains("\"Value\": \"\(copy)\"")
                )
                #expect(try await aws.ssm().getParameter(parameter).value == copy)

                try await ec2.deregisterImage(id)
                #expect(try await ec2.image(named: name) == nil)
                try await ec2.deleteSnapshot(snapshot.id)
                try await ec2.deleteSnapshot(snapshot.id)
            }
        }
    }

    @Test("A launch template gets a version with the image, and that becomes the default")
    func launchTemplate() async throws {
        let server = try await LocalMoto.shared()
        let name = unique("template")
        try await server.aws(
            "ec2", "create-launch-template", "--launch-template-name", name, "--launch-template-data",
            "{\"ImageId\": \"ami-1\", \"InstanceType\": \"t3.nano\"}")
        try await AWSSession.with(server.settings()) { aws in
            let ec2 = try aws.ec2()
            let template = LaunchTemplateReference.name(name)
            let version = try await ec2.createLaunchTemplateVersion(
                of: template, image: "ami-2", source: "1", description: "kiln", token: name)
            #expect(version == 2)
            try await ec2.setDefaultVersion(version, of: template, token: name)
            let found = try #require(try await ec2.describeLaunchTemplates([template]).first)
            #expect(found.defaultVersion == 2)
            #expect(found.latestVersion == 2)
            let shown = try await server.aws(
                "ec2", "describe-launch-template-versions", "--launch-template-name", name, "--versions", "2")
            #expect(shown.contains("\"ImageId\": \"ami-2\""))
            let missing = await #expect(throws: AWSFailure.self) {
                try await ec2.describeLaunchTemplates([.name(unique("none"))])
            }
            #expect(missing?.code == .notFound)
        }
    }

    @Test("Who one is, which regions there are, and whether snapshots are encrypted")
    func account() async throws {
        let server = try await LocalMoto.shared()
        try await AWSSession.with(server.settings()) { aws in
            #expect(try await aws.sts().callerIdentity().account == LocalMoto.account)
            #expect(try await aws.ec2().describeRegions().contains("eu-west-1"))
            #expect(try await aws.ec2(region: "eu-north-1").encryptsByDefault() == false)
            try await server.aws("ec2", "enable-ebs-encryption-by-default", region: "eu-north-1")
            #expect(try await aws.ec2(region: "eu-north-1").encryptsByDefault())
            try await server.aws("ec2", "disable-ebs-encryption-by-default", region: "eu-north-1")
            let role = AssumedRole("arn:aws:iam::111122223333:role/distribution")
            let identity = try await aws.assuming(role).sts().callerIdentity()
            #expect(identity.arn.contains("111122223333"))
            let missing = await #expect(throws: AWSFailure.self) { try await aws.ssm().getParameter("/none") }
            #expect(missing?.code == .notFound)
        }
    }
}
