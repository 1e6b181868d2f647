import Failures
import FoundationEssentials
import Testing

@testable import AWSClient

/// What EC2 answers, and what other servers might.
@Suite struct EC2AnswerTests {
    private let clock = ManualClock(Date(timeIntervalSince1970: 1_700_000_000))

    private func ec2(_ answers: [HTTPAnswer]) throws -> (EC2Client, ScriptedTransport) {
        let transport = ScriptedTransport(answers.map { .success($0) })
        return (try scriptedSession(transport, clock).ec2(), transport)
    }

    private static let image = """
        <item><imageId>ami-1</imageId><imageState>available</imageState><imageOwnerId>012345678901</imageOwnerId>\
        <isPublic>false</isPublic><architecture>arm64</architecture><name>a &amp; b</name><description/>\
        <rootDeviceName>/dev/xvda</rootDeviceName><blockDeviceMapping><item><deviceName>/dev/xvda</deviceName>\
        <ebs><snapshotId>snap-1</snapshotId><volumeSize>8</volumeSize><volumeType>gp3</volumeType>\
        <encrypted>false</encrypted></ebs></item><item><deviceName>/dev/sdb</deviceName>\
        <virtualName>ephemeral0</virtualName></item></blockDeviceMapping><enaSupport>true</enaSupport>\
        <tagSet><item><key>A</key><value>1</value></item><item><key>B</key><value/></item></tagSet>\
        <bootMode>uefi</bootMode><imdsSupport>v2.0</imdsSupport><imageWatermarkSet><item>\
        <watermarkKey>012345678901:approved</watermarkKey></item></imageWatermarkSet></item>
        """

    @Test("An image with everything, and one with hardly anything")
    func images() async throws {
        let (ec2, _) = try ec2([
            .xml(
                "<DescribeImagesResponse><requestId>r</requestId><imagesSet>\(Self.image)<item><imageId>ami-2</imageId>"
                    + "<imageState>pending</imageState><blockDeviceMapping/><tagSet/></item></imagesSet>"
                    + "</DescribeImagesResponse>")
        ])
        let images = try await ec2.describeImages()
        #expect(images.map(\.id) == ["ami-1", "ami-2"])
        let first = try #require(images.first)
        #expect(first.name == "a & b")
        // Digits, and not a number.
        #expect(first.ownerID == "012345678901")
        #expect(first.devices.map(\.snapshotID) == ["snap-1", nil])
        #expect(first.devices.first?.size == 8)
        #expect(first.enaSupport == true)
        #expect(first.tags == ["A": "1", "B": ""])
        #expect(first.watermarks == ["012345678901:approved"] && images.last?.watermarks == [])
        #expect(images.last?.devices == [])
        #expect(images.last?.tags == [:])
    }

    @Test("Pages are followed to the end, and a server that repeats a page is left", arguments: [true, false])
    func pages(repeats: Bool) async throws {
        func page(_ id: String, _ token: String?) -> HTTPAnswer {
            let next = token.map { "<nextToken>\($0)</nextToken>" } ?? ""
            return .xml("<R><imagesSet><item><imageId>\(id)</imageId></item></imagesSet>\(next)</R>")
        }
        let (ec2, transport) = try ec2(
            repeats ? [page("ami-1", "x"), page("ami-2", "x")] : [page("ami-1", "x"), page("ami-2", nil)])
        #expect(try await ec2.describeImages().map(\.id) == ["ami-1", "ami-2"])
        #expect(transport.asked.map { $0.text.contains("NextToken=x") } == [false, true])
    }

    @Test(
        "Empty lists in both spellings", arguments: ["<R><imagesSet/></R>", "<R><imagesSet></imagesSet></R>", "<R/>"])
    func empty(answer: String) async throws {
        #expect(try await ec2([.xml(answer)]).0.describeImages().isEmpty)
    }

    @Test("Launch permissions of all four kinds")
    func permissions() async throws {
        let (ec2, _) = try ec2([
            .xml(
                """
                <R><imageId>ami-1</imageId><launchPermission><item><userId>012345678901</userId></item>\
                <item><group>all</group></item><item><organizationArn>arn:o</organizationArn></item>\
                <item><organizationalUnitArn>arn:ou</organizationalUnitArn></item></launchPermission></R>
                """)
        ])
        #expect(
            try await ec2.launchPermissions(of: "ami-1")
                == [.account("012345678901"), .everyone, .organization("arn:o"), .organizationalUnit("arn:ou")])
    }

    @Test(
        "EC2's codes, in Kiln's words",
        arguments: [
            ("InvalidAMIName.Duplicate", AWSFailureCode.conflict), ("IdempotentParameterMismatch", .conflict),
            ("InvalidKey.Format", .service), ("InvalidParameterValue", .badRequest), ("MissingParameter", .badRequest),
            ("InvalidAMIID.Malformed", .badRequest), ("UnauthorizedOperation", .accessDenied),
            ("AuthFailure", .signatureRefused), ("OptInRequired", .accessDenied),
            ("SnapshotLimitExceeded", .quota), ("InvalidLaunchTemplateId.NotFound", .notFound),
            ("InvalidLaunchTemplateName.NotFoundException", .notFound),
        ])
    func refusals(code: String, expected: AWSFailureCode) async throws {
        let (ec2, transport) = try ec2([.ec2Refusal(code)])
        let error = await #expect(throws: AWSFailure.self) { try await ec2.deregisterImage("ami-1") }
        #expect(error?.code == expected)
        #expect(error?.serviceError?.code == code)
        #expect(error?.serviceError?.requestID == "R-1")
        #expect(error?.message.contains("as it is") == true)
        #expect(transport.asked.count == 1)
    }

    @Test("EC2's request for fewer requests is obeyed")
    func throttling() async throws {
        let (ec2, transport) = try ec2([
            .ec2Refusal("RequestLimitExceeded", status: 503), .xml("<R><return>true</return></R>"),
        ])
        try await ec2.deregisterImage("ami-1")
        #expect(transport.asked.count == 2)
        #expect(clock.slept.count == 1)
    }

    @Test("What was made a moment ago is asked for again, and not for ever")
    func settling() async throws {
        let missing = HTTPAnswer.ec2Refusal("InvalidAMIID.NotFound")
        let (ec2, transport) = try ec2([missing, missing, .xml("<R><return>true</return></R>")])
        try await ec2.createTags(["A": "1"], on: ["ami-1"])
        #expect(transport.asked.count == 3)
        let never = ScriptedTransport((0..<100).map { _ in .success(missing) })
        let moving = RetryClock(
            now: { clock.now }, sleep: { clock.advance(by: $0.components.seconds > 0 ? 3 : 1) }, fraction: { 0.5 })
        var session = try scriptedSession(never)
        session.clock = moving
        let other = try session.ec2()
        let error = await #expect(throws: AWSFailure.self) { try await other.createTags(["A": "1"], on: ["ami-1"]) }
        #expect(error?.code == .notFound)
        #expect((5...25).contains(never.asked.count))
    }

    @Test("An image is waited for, through the moments in which it is not known, and its failure is told of")
    func waiting() async throws {
        func image(_ state: String, _ reason: String = "") -> HTTPAnswer {
            .xml(
                "<R><imagesSet><item><imageId>ami-1</imageId><imageState>\(state)</imageState>\(reason)</item></imagesSet></R>"
            )
        }
        let (ec2, _) = try ec2([
            .ec2Refusal("InvalidAMIID.NotFound"), image("pending"), image("available"), image("pending"),
            image("failed", "<stateReason><message>the key cannot be used</message></stateReason>"),
        ])
        #expect(try await ec2.waitUntilAvailable(image: "ami-1").state == "available")
        #expect(clock.slept == [.seconds(2), .seconds(3)])
        let error = await #expect(throws: AWSFailure.self) { try await ec2.waitUntilAvailable(image: "ami-1") }
        #expect(error?.code == .failedThere)
        #expect(error?.message == "the image ami-1 in eu-central-1 is failed: the key cannot be used")
    }

    @Test("An import that EC2 gives up ends with EC2's reason")
    func failedImport() async throws {
        func task(_ status: String, _ message: String) -> HTTPAnswer {
            .xml(
                """
                <R><importSnapshotTaskSet><item><importTaskId>import-snap-1</importTaskId><snapshotTaskDetail>\
                <status>\(status)</status><statusMessage>\(message)</statusMessage></snapshotTaskDetail></item>\
                </importSnapshotTaskSet></R>
                """)
        }
        let (ec2, _) = try ec2([task("active", "converting"), task("deleted", "Disk validation failed")])
        let error = await #expect(throws: AWSFailure.self) { try await ec2.waitUntilImported("import-snap-1") }
        #expect(error?.code == .failedThere)
        #expect(error?.message.contains("Disk validation failed") == true)
    }

    @Test(
        "Answers that are no answers are refused as such, whatever is in them",
        arguments: [
            "", "hello", "<html><body>Sign in</body></html>", "<R><imageId>",
            "<!DOCTYPE x [<!ENTITY a \"b\">]><R><imageId>&a;</imageId></R>",
            String(repeating: "<a>", count: 100_000),
            "<R><imageId>ami-1</imageId" + String(repeating: "<", count: 5000),
        ])
    func nonsense(answer: String) async throws {
        let transport = ScriptedTransport([
            .success(HTTPAnswer(status: 200, headers: [], body: Array(answer.utf8)))
        ])
        let ec2 = try scriptedSession(transport).ec2()
        let copy = ImageCopy(sourceImageID: "ami-1", sourceRegion: "eu-west-1", name: "n", token: "t")
        let error = await #expect(throws: AWSFailure.self) { try await ec2.copyImage(copy) }
        #expect(error?.code == .badAnswer)
    }
}
