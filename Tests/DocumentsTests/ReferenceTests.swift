import Documents
import Testing

@Suite("Versions, ARNs and parents")
struct ReferenceTests {
    @Test("versions are three numbers within bounds")
    func versions() {
        #expect(SemanticVersion("1.2.3") == SemanticVersion(1, 2, 3))
        #expect(SemanticVersion("2021.01.01")?.description == "2021.01.01")
        #expect(SemanticVersion("2021.01.01") == SemanticVersion(2021, 1, 1))
        #expect(SemanticVersion("1073741823.0.0") != nil)
        for text in ["1.2", "1.2.3.4", "1.2.x", "1..3", "", "1.2.-3", "+1.2.3", "1.2.3 ", "1073741824.0.0", "1.2.٣"] {
            #expect(SemanticVersion(text) == nil, "\(text)")
        }
    }

    @Test("a pattern selects the newest match")
    func patterns() {
        let versions = ["2.2.4", "1.7.8", "1.6.8", "1.6.10"].compactMap { SemanticVersion($0) }
        let newest = { (text: String) in VersionPattern(text)?.newest(in: versions)?.description }
        #expect(newest("x.x.x") == "2.2.4")
        #expect(newest("1.x.x") == "1.7.8")
        #expect(newest("1.6.x") == "1.6.10")
        #expect(newest("1.6.8") == "1.6.8")
        #expect(newest("3.x.x") == nil)
        for text in ["x.2.x", "1.x.8", "x", "1.2", "X.x.x", "1.2.3/1"] {
            #expect(VersionPattern(text) == nil, "\(text)")
        }
        let next = { (text: String) in VersionPattern(text)?.next(after: versions).description }
        #expect(next("1.6.x") == "1.6.11")
        #expect(next("1.x.x") == "1.8.0")
        #expect(next("x.x.x") == "3.0.0")
        #expect(next("4.1.x") == "4.1.0")
        #expect(VersionPattern.any.next(after: []).description == "1.0.0")
        #expect(VersionPattern("1.2.3")?.exact == SemanticVersion(1, 2, 3))
        #expect(VersionPattern("1.2.x")?.exact == nil)
    }

    @Test(
        "ARNs are read and written back",
        arguments: [
            "arn:aws:imagebuilder:us-east-1:123456789012:component/my-component/1.0.0/1",
            "arn:aws:imagebuilder:us-east-1:aws:component/update-linux/x.x.x",
            "arn:aws-cn:imagebuilder:cn-north-1:aws:image/debian-12-x86/12.x.x",
            "arn:aws:imagebuilder:eu-west-1:123456789012:image-recipe/r_1/2021.01.01",
            "arn:aws:imagebuilder:us-east-1:123456789012:infrastructure-configuration/infra",
            "arn:aws:imagebuilder:us-east-1:123456789012:image-pipeline/pipe",
            "arn:aws:imagebuilder:us-east-1:aws:workflow/build/build-image/x.x.x",
            "arn:aws:imagebuilder:us-east-1:123456789012:component/versionless",
        ])
    func arns(_ text: String) throws {
        #expect(try ImageBuilderARN(text).description == text)
    }

    @Test("parts of an ARN are told apart")
    func parts() throws {
        let arn = try ImageBuilderARN("arn:aws:imagebuilder:us-east-1:aws-marketplace:component/hardening/2.0.1/3")
        #expect(arn.isManaged)
        #expect(arn.region == "us-east-1")
        #expect(arn.type == .component)
        #expect(arn.name == "hardening")
        #expect(arn.version?.exact == SemanticVersion(2, 0, 1))
        #expect(arn.build == 3)
        #expect(ImageBuilderARN.resourceName("My Image_1") == "my-image-1")
    }

    @Test(
        "what is wrong with an ARN is said",
        arguments: [
            ("component/x", "is not an ARN: expected arn:PARTITION:imagebuilder:REGION:ACCOUNT:TYPE/NAME"),
            ("arn:aws:ec2:us-east-1:123456789012:image/x", "names the service 'ec2', not imagebuilder"),
            ("arn:gcp:imagebuilder:us-east-1:aws:image/x", "has the partition 'gcp', expected aws…"),
            ("arn:aws:imagebuilder::aws:image/x", "has no region"),
            ("arn:aws:imagebuilder:us-east-1:12:image/x", "has the account '12', expected 12 digits or aws"),
            ("arn:aws:imagebuilder:us-east-1:aws:imge/x", "has the resource type 'imge', did you mean 'image'?"),
            (
                "arn:aws:imagebuilder:us-east-1:aws:image/",
                "has the name '', expected lower-case letters, digits, - and _"
            ),
            (
                "arn:aws:imagebuilder:us-east-1:aws:image/Big",
                "has the name 'Big', expected lower-case letters, digits, - and _"
            ),
            (
                "arn:aws:imagebuilder:us-east-1:aws:image/x/1.x.8",
                "has the version '1.x.8', expected x.y.z of numbers, the last of them perhaps 'x'"
            ),
            (
                "arn:aws:imagebuilder:us-east-1:aws:image/x/1.x.x/2",
                "has the build '2', expected a number after a version without wildcards"
            ),
            ("arn:aws:imagebuilder:us-east-1:aws:image/x/1.0.0/2/3", "has too many parts after its name"),
            ("arn:aws:imagebuilder:us-east-1:aws:image-pipeline/x/1.0.0", "has too many parts after its name"),
        ])
    func wrongARNs(_ text: String, _ expected: String) {
        #expect(throws: InvalidReference.self) { try ImageBuilderARN(text) }
        do {
            _ = try ImageBuilderARN(text)
        } catch {
            #expect(error.description == "'\(text)' \(expected)")
        }
    }

    @Test("a parent is an image, an AMI, a parameter or a local name")
    func parents() throws {
        #expect(try ParentReference("ami-0abcdef1234567890") == .ami("ami-0abcdef1234567890"))
        #expect(try ParentReference("ssm:/aws/debian/12") == .systemsManager("/aws/debian/12"))
        #expect(try ParentReference("{{resolve:ssm:/aws/debian/12:3}}") == .systemsManager("/aws/debian/12"))
        #expect(try ParentReference("debian-12") == .name("debian-12"))
        #expect(
            try ParentReference("arn:aws:imagebuilder:us-east-1:aws:image/a/x.x.x").description.hasSuffix(
                "image/a/x.x.x"))
        for text in [
            "", "ami-", "ami-xyz", "AMI 1", "ssm:", "arn:aws:imagebuilder:us-east-1:aws:component/a/x.x.x", "a/b",
        ] {
            #expect(throws: InvalidReference.self, "\(text)") { try ParentReference(text) }
        }
    }

    @Test("the catalog finds the local image of a parent")
    func catalog() throws {
        let catalog = try ParentCatalog.parse(text: Fixture.text("documents/catalog.yaml"), file: "catalog.yaml")
        func image(_ text: String) throws -> String? { catalog.image(for: try ParentReference(text)) }
        #expect(try image("arn:aws:imagebuilder:us-east-1:aws:image/debian-12-x86/x.x.x") == "debian-12")
        #expect(try image("arn:aws-cn:imagebuilder:cn-north-1:aws:image/debian-12-x86/12.1.0/2") == "debian-12")
        #expect(try image("arn:aws:imagebuilder:us-east-1:aws:image/debian-12-arm/x.x.x") == nil)
        #expect(try image("arn:aws:imagebuilder:us-east-1:aws:image/debian-11-x86/11.2.0") == "debian-11")
        #expect(try image("arn:aws:imagebuilder:us-east-1:aws:image/debian-11-x86/x.x.x") == nil)
        #expect(try image("arn:aws:imagebuilder:eu-west-1:aws:image/debian-11-x86/11.2.0") == nil)
        #expect(try image("ami-0abcdef1234567890") == "debian-12")
        #expect(try image("ssm:/aws/service/debian/release/12/latest/amd64") == "debian-12")
        #expect(try image("debian-11") == "debian-11")
        #expect(try image("debian-13") == nil)
    }

    @Test("a missing parent is told with what is known and what to do")
    func missing() throws {
        let catalog = try ParentCatalog.parse(text: Fixture.text("documents/catalog.yaml"), file: "catalog.yaml")
        let position = SourcePosition(file: "t.yaml", line: 7, column: 9)
        let diagnostic = catalog.missing(Positioned(try ParentReference("debian-13"), at: position))
        #expect(
            diagnostic.description
                == "t.yaml:7:9: error: no local image stands for the parent 'debian-13': known are debian-12, debian-11 "
                + "(did you mean 'debian-11'? kiln image ls; kiln image import NAME disk.qcow2)")
        #expect(
            ParentCatalog(entries: []).missing(Positioned(.ami("ami-12345678"), at: position)).message
                == "no local image stands for the parent 'ami-12345678': none is known")
    }

    @Test("a wrong catalog is told with its places")
    func wrongCatalog() {
        let text = """
            images:
              - image: a
                references: [arn:aws:imagebuilder:*:aws:image/a/x.1.x, "ami-1"]
              - imagee: b
                references: []
            """
        let problems = Problems.lines { () throws(DocumentFailure) in
            _ = try ParentCatalog.parse(text: text, file: "catalog.yaml")
        }
        #expect(
            problems == [
                "catalog.yaml:3:18: error: 'arn:aws:imagebuilder:*:aws:image/a/x.1.x' has the version 'x.1.x', "
                    + "expected x.y.z of numbers, the last of them perhaps 'x'",
                "catalog.yaml:3:60: error: 'ami-1' is not an AMI ID: expected ami- and 8 or 17 hex digits",
                "catalog.yaml:4:5: error: the entry needs 'image'",
                "catalog.yaml:4:5: error: unknown key 'imagee' in the entry (did you mean 'image'?)",
            ])
    }
}
