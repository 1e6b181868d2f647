import Failures
import Foundation
import Testing

@testable import AWSClient

/// A session whose network is a script.
func scriptedSession(
    _ transport: ScriptedTransport, _ clock: ManualClock = ManualClock(Date(timeIntervalSince1970: 1_700_000_000)),
    environment: [String: String] = [:]
) throws -> AWSSession {
    let base = ["HOME": "/nonexistent", "AWS_REGION": "eu-central-1"]
    let fixed = FixedCredentials(
        AWSCredentials(accessKeyID: "KEY", secretAccessKey: Secret("the-secret"), source: "the test"))
    return AWSSession(
        settings: try AWSSettings(environment: base.merging(environment) { $1 }), chain: CredentialChain([fixed]),
        transport: transport, retry: RetryPolicy(), clock: clock.retry)
}

extension HTTPAnswer {
    static func xml(_ text: String, status: Int = 200) -> HTTPAnswer {
        HTTPAnswer(status: status, headers: [], body: Array("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\(text)".utf8))
    }

    static func json(_ text: String, status: Int = 200, headers: [(name: String, value: String)] = []) -> HTTPAnswer {
        HTTPAnswer(status: status, headers: headers, body: Array(text.utf8))
    }

    static func ec2Refusal(_ code: String, status: Int = 400) -> HTTPAnswer {
        xml(
            "<Response><Errors><Error><Code>\(code)</Code><Message>as it is.</Message></Error></Errors>"
                + "<RequestID>R-1</RequestID></Response>", status: status)
    }
}

extension HTTPMessage {
    var text: String {
        switch body {
        case .bytes(let bytes): String(decoding: bytes, as: UTF8.self)
        default: ""
        }
    }

    /// The fields of a form, without action and version, sorted, as botocore's serializer shows them.
    var fields: String {
        text.split(separator: "&").map { $0.removingPercentEncoding ?? "" }
            .filter { !$0.hasPrefix("Action=") && !$0.hasPrefix("Version=") }.sorted().joined(separator: "&")
    }

    subscript(header name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
}

/// What is sent to EC2, compared with what botocore 1.44 makes of the same wishes (`create_serializer('ec2')`).
@Suite struct EC2RequestTests {
    private let x86 = ImageRegistration(
        name: "web 1.0/0", description: "d", architecture: .x86_64, bootMode: .uefi, enaSupport: true,
        requiresIMDSv2: true, hasTPM: true, rootDeviceName: "/dev/xvda",
        devices: [
            ImageDevice(name: "/dev/xvda", snapshotID: "snap-1", size: 8, iops: 3000, throughput: 125, encrypted: true),
            ImageDevice(name: "/dev/xvdb", snapshotID: nil, size: 20, deleteOnTermination: false, encrypted: true),
        ], uefiData: "QUJD", tags: ["B": "", "A": "1"])

    /// The one request that `body` sends.
    private func sent(
        _ answer: String, _ body: @Sendable (EC2Client) async throws -> Void
    ) async throws -> HTTPMessage {
        let transport = ScriptedTransport([.success(.xml(answer))])
        try await body(try scriptedSession(transport).ec2())
        #expect(transport.asked.count == 1)
        return try #require(transport.asked.first)
    }

    @Test("RegisterImage says all that EC2 would guess, and nothing of encryption beside a snapshot")
    func registerImage() async throws {
        let message = try await sent("<RegisterImageResponse><imageId>ami-9</imageId></RegisterImageResponse>") { ec2 in
            let id = try await ec2.registerImage(x86)
            #expect(id == "ami-9")
        }
        #expect(message.url == "https://ec2.eu-central-1.amazonaws.com/")
        #expect(message.method == "POST")
        #expect(message.text.hasPrefix("Action=RegisterImage&Version=2016-11-15&"))
        #expect(message[header: "authorization"]?.contains("/eu-central-1/ec2/aws4_request") == true)
        #expect(
            message.fields
                == "Architecture=x86_64&BlockDeviceMapping.1.DeviceName=/dev/xvda"
                + "&BlockDeviceMapping.1.Ebs.DeleteOnTermination=true&BlockDeviceMapping.1.Ebs.Iops=3000"
                + "&BlockDeviceMapping.1.Ebs.SnapshotId=snap-1&BlockDeviceMapping.1.Ebs.Throughput=125"
                + "&BlockDeviceMapping.1.Ebs.VolumeSize=8&BlockDeviceMapping.1.Ebs.VolumeType=gp3"
                + "&BlockDeviceMapping.2.DeviceName=/dev/xvdb&BlockDeviceMapping.2.Ebs.DeleteOnTermination=false"
                + "&BlockDeviceMapping.2.Ebs.Encrypted=true&BlockDeviceMapping.2.Ebs.VolumeSize=20"
                + "&BlockDeviceMapping.2.Ebs.VolumeType=gp3&BootMode=uefi&Description=d&EnaSupport=true"
                + "&ImdsSupport=v2.0&Name=web 1.0/0&RootDeviceName=/dev/xvda&SriovNetSupport=simple"
                + "&TagSpecification.1.ResourceType=image&TagSpecification.1.Tag.1.Key=A"
                + "&TagSpecification.1.Tag.1.Value=1&TagSpecification.1.Tag.2.Key=B&TagSpecification.1.Tag.2.Value="
                + "&TpmSupport=v2.0&UefiData=QUJD&VirtualizationType=hvm")
    }

    @Test("What EC2 would refuse, or register and never boot, is refused before anything is sent")
    func impossible() async throws {
        var wrong: [ImageRegistration] = []
        for change: (inout ImageRegistration) -> Void in [
            { $0.name = "ab" }, { $0.name = "name_with_{braces}" }, { $0.name = String(repeating: "n", count: 129) },
            { ($0.architecture, $0.bootMode, $0.hasTPM) = (.arm64, .uefiPreferred, false) },
            { $0.bootMode = .uefiPreferred }, { $0.rootDeviceName = "/dev/sda1" },
            { $0.rootDeviceName = "/dev/xvdb" },
        ] {
            var registration = x86
            change(&registration)
            wrong.append(registration)
        }
        let transport = ScriptedTransport([])
        let ec2 = try scriptedSession(transport).ec2()
        for registration in wrong {
            let error = await #expect(throws: AWSFailure.self) { try await ec2.registerImage(registration) }
            #expect(error?.code == .badRequest)
        }
        #expect(transport.asked.isEmpty)
    }

    @Test("Copies, permissions, tags, deprecation and templates")
    func changes() async throws {
        let image = "<R><imageId>ami-9</imageId></R>"
        let done = "<R><return>true</return></R>"
        var copy = ImageCopy(sourceImageID: "ami-1", sourceRegion: "eu-west-1", name: "n", token: "t")
        copy.description = "d"
        copy.kmsKeyID = "alias/k"
        copy.tags = ["A": "1"]
        let wanted = copy
        let copied = try await sent(image) { _ = try await $0.copyImage(wanted) }
        #expect(
            copied.fields
                == "ClientToken=t&CopyImageTags=false&Description=d&Encrypted=true&KmsKeyId=alias/k&Name=n"
                + "&SourceImageId=ami-1&SourceRegion=eu-west-1&TagSpecification.1.ResourceType=image"
                + "&TagSpecification.1.Tag.1.Key=A&TagSpecification.1.Tag.1.Value=1"
                + "&TagSpecification.2.ResourceType=snapshot&TagSpecification.2.Tag.1.Key=A"
                + "&TagSpecification.2.Tag.1.Value=1")
        let marked = try await sent(done) { try await $0.attachWatermark("team (a)", to: "ami-1") }
        #expect(marked.fields == "ImageId=ami-1&WatermarkName=team (a)")
        let shared = try await sent(done) {
            try await $0.modifyLaunchPermissions(
                of: "ami-1", add: [.account("123456789012"), .everyone, .organization("arn:o")],
                remove: [.organizationalUnit("arn:ou")])
        }
        #expect(
            shared.fields
                == "Attribute=launchPermission&ImageId=ami-1&LaunchPermission.Add.1.UserId=123456789012"
                + "&LaunchPermission.Add.2.Group=all&LaunchPermission.Add.3.OrganizationArn=arn:o"
                + "&LaunchPermission.Remove.1.OrganizationalUnitArn=arn:ou")
        let lent = try await sent(done) {
            try await $0.modifySnapshotPermissions(of: "snap-1", add: ["1"], remove: ["2"])
        }
        #expect(
            lent.fields
                == "Attribute=createVolumePermission&CreateVolumePermission.Add.1.UserId=1"
                + "&CreateVolumePermission.Remove.1.UserId=2&SnapshotId=snap-1")
        let date = try #require(UTC.parseExtended("2030-01-02T03:04:00Z"))
        let deprecated = try await sent(done) { try await $0.enableImageDeprecation("ami-1", at: date) }
        #expect(
            deprecated.fields
                == "DeprecateAt=2030-01-02T03:04:00Z&ImageId=ami-1")
        for (operation, body): (String, @Sendable (EC2Client) async throws -> Void) in [
            ("DisableImageDeprecation", { try await $0.disableImageDeprecation("ami-1") }),
            ("DisableImage", { try await $0.disableImage("ami-1") }),
            ("EnableImage", { try await $0.enableImage("ami-1") }),
        ] {
            let message = try await sent(done, body)
            #expect(message.fields == "ImageId=ami-1" && message.text.contains("Action=\(operation)&"))
        }
        let launched = "<R><lastLaunchedTime><value>2026-11-01T02:03:04Z</value></lastLaunchedTime></R>"
        for (answer, time) in [(launched, "2026-11-01T02:03:04Z"), ("<R><imageId>ami-1</imageId></R>", nil)] {
            let asked = try await sent(answer) { ec2 in
                let date = try await ec2.lastLaunched(image: "ami-1")
                #expect(date == time.flatMap(UTC.parseExtended))
            }
            #expect(asked.fields == "Attribute=lastLaunchedTime&ImageId=ami-1")
        }
        let tagged = try await sent(done) { try await $0.createTags(["A": "1"], on: ["ami-1", "snap-1"]) }
        #expect(
            tagged.fields
                == "ResourceId.1=ami-1&ResourceId.2=snap-1&Tag.1.Key=A&Tag.1.Value=1")
        let version = "<R><launchTemplateVersion><versionNumber>7</versionNumber></launchTemplateVersion></R>"
        let versioned = try await sent(version) {
            let number = try await $0.createLaunchTemplateVersion(
                of: .id("lt-1"), image: "ami-1", description: "d", token: "t")
            try #require(number == 7)
        }
        #expect(
            versioned.fields
                == "ClientToken=t&LaunchTemplateData.ImageId=ami-1&LaunchTemplateId=lt-1&SourceVersion=$Latest"
                + "&VersionDescription=d")
        let chosen = try await sent(done) { try await $0.setDefaultVersion(3, of: .name("n"), token: "t") }
        #expect(
            chosen.fields
                == "ClientToken=t&LaunchTemplateName=n&SetDefaultVersion=3")
    }

    @Test("Imports, and the task that they answer with")
    func imports() async throws {
        var disk = SnapshotImport(S3Location(bucket: "images", key: "a/b.vmdk"), .vmdk, token: "t")
        disk.description = "d"
        disk.roleName = "r"
        disk.kmsKeyID = "k"
        disk.tags = ["A": "1"]
        let wanted = disk
        let task = """
            <ImportSnapshotResponse><importTaskId>import-snap-1</importTaskId><snapshotTaskDetail>\
            <diskImageSize>0.0</diskImageSize><progress>3</progress><status>active</status>\
            <statusMessage>pending</statusMessage></snapshotTaskDetail></ImportSnapshotResponse>
            """
        let message = try await sent(task) {
            let task = try await $0.importSnapshot(wanted)
            #expect(task.id == "import-snap-1")
            #expect(task.progress == 3)
            #expect(!task.hasEnded)
        }
        #expect(
            message.fields
                == "ClientToken=t&Description=d&DiskContainer.Description=d&DiskContainer.Format=VMDK"
                + "&DiskContainer.UserBucket.S3Bucket=images&DiskContainer.UserBucket.S3Key=a/b.vmdk&Encrypted=true"
                + "&KmsKeyId=k&RoleName=r&TagSpecification.1.ResourceType=import-snapshot-task"
                + "&TagSpecification.1.Tag.1.Key=A&TagSpecification.1.Tag.1.Value=1")
        var image = ImageImport(
            disks: [(S3Location(bucket: "images", key: "k"), .raw)], architecture: .x86_64, bootMode: .uefi, token: "t")
        image.licenseType = "BYOL"
        image.tags = ["A": "1"]
        let other = image
        let answer = "<R><importTaskId>import-ami-1</importTaskId><status>active</status></R>"
        let imported = try await sent(answer) { _ = try await $0.importImage(other) }
        #expect(
            imported.fields
                == "Architecture=x86_64&BootMode=uefi&ClientToken=t&DiskContainer.1.Format=RAW"
                + "&DiskContainer.1.UserBucket.S3Bucket=images&DiskContainer.1.UserBucket.S3Key=k&LicenseType=BYOL"
                + "&Platform=Linux&TagSpecification.1.ResourceType=import-image-task&TagSpecification.1.Tag.1.Key=A"
                + "&TagSpecification.1.Tag.1.Value=1")
    }

    @Test("Listings and questions")
    func questions() async throws {
        let images = try await sent("<R/>") {
            _ = try await $0.describeImages(ids: ["ami-1", "ami-2"], owners: ["self"], filters: ["name": ["x", "y"]])
        }
        #expect(
            images.fields
                == "Filter.1.Name=name&Filter.1.Value.1=x&Filter.1.Value.2=y&ImageId.1=ami-1&ImageId.2=ami-2"
                + "&IncludeDeprecated=true&Owner.1=self")
        let snapshots = try await sent("<R/>") {
            _ = try await $0.describeSnapshots(ids: ["snap-1"], owners: ["self"], filters: ["tag:D": ["v"]])
        }
        #expect(
            snapshots.fields == "Filter.1.Name=tag:D&Filter.1.Value.1=v&Owner.1=self&SnapshotId.1=snap-1")
        let templates = try await sent("<R/>") { _ = try await $0.describeLaunchTemplates([.id("lt-1"), .name("n")]) }
        #expect(
            templates.fields
                == "LaunchTemplateId.1=lt-1&LaunchTemplateName.1=n")
        let tasks = try await sent("<R/>") { _ = try await $0.describeImportSnapshotTasks(["import-snap-1"]) }
        #expect(
            tasks.fields
                == "ImportTaskId.1=import-snap-1")
        let cancelled = try await sent("<R/>") { try await $0.cancelImportTask("i", reason: "r") }
        #expect(
            cancelled.fields
                == "CancelReason=r&ImportTaskId=i")
        let regions = "<R><regionInfo><item><regionName>eu-west-1</regionName></item></regionInfo></R>"
        let listed = try await sent(regions) { _ = try await $0.describeRegions(all: true) }
        #expect(
            listed.fields
                == "AllRegions=true")
        let encryption = "<R><ebsEncryptionByDefault>true</ebsEncryptionByDefault></R>"
        #expect(try await sent(encryption) { _ = try await $0.encryptsByDefault() }.fields == "")
    }
}
