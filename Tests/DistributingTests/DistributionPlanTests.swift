import AWSClient
import Disks
import Documents
import Foundation
import Testing

@testable import Distributing

/// What a distribution will do, from documents alone.
@Suite struct DistributionPlanTests {
    @Test("Everything that the document says of a region is in the plan, beside what tells where the AMI comes from")
    func everything() throws {
        let configuration = try Sample.configuration(
            """
            Region: eu-central-1
            AmiDistributionConfiguration:
              Name: web {{ imagebuilder:buildDate }} {{imagebuilder:buildVersion}}
              Description: the web
              AmiTags: {Team: edge}
              LaunchPermissionConfiguration:
                UserIds: ["111122223333", "111122223333"]
                OrganizationArns: ["arn:aws:organizations::111122223333:organization/o-abc"]
                OrganizationalUnitArns: ["arn:aws:organizations::111122223333:ou/o-abc/ou-1"]
              TargetAccountIds: ["222233334444"]
            LaunchTemplateConfigurations:
              - {LaunchTemplateId: lt-0123, SetDefaultVersion: false}
            SsmParameterConfigurations:
              - {ParameterName: /ami/web}
            """, "Region: eu-west-1")
        let plan = try Sample.plan(configuration)
        #expect(plan.regions.map(\.region) == ["eu-central-1", "eu-west-1"])
        let first = try #require(plan.regions.first)
        #expect(first.name == "web 2026-09-10T00-39-08.103Z 3")
        #expect(first.description == "the web")
        #expect(
            first.tags == [
                "Team": "edge", "CreatedBy": "Kiln", "kiln:image": Sample.digest,
                "Ec2ImageBuilderArn": "arn:aws:imagebuilder:us-east-1:000000000000:image/web/1.2.0/3",
            ])
        #expect(
            first.permissions == [
                .account("111122223333"), .organization("arn:aws:organizations::111122223333:organization/o-abc"),
                .organizationalUnit("arn:aws:organizations::111122223333:ou/o-abc/ou-1"),
            ])
        #expect(first.targetAccounts == ["222233334444"])
        #expect(first.launchTemplates.map(\.id) == ["lt-0123"])
        #expect(first.launchTemplates.first?.setsDefaultVersion == false)
        #expect(first.parameters.map(\.name) == ["/ami/web"])
        #expect(plan.warnings.isEmpty)
        #expect(plan.regions[1].name == "web 2026-09-10T00-39-08.103Z")
        #expect(plan.regions[1].description == "web 1.2.0")
        #expect(plan.requiresIMDSv2 && !plan.hasTPM)
    }

    @Test("The same image gives the same plan", arguments: [0.0, 0.0009, 0.999, 1.0005, 1_789_000_748.103])
    func date(seconds: Double) throws {
        let name = AMIName.date(Date(timeIntervalSince1970: seconds))
        #expect(AMIName.problem(of: name) == nil)
        #expect(name.hasSuffix("Z") && name.count == 24 && !name.contains(":"))
        let image = Sample.image(created: Date(timeIntervalSince1970: seconds))
        var choices = DistributionPlan.Choices()
        choices.regions = ["eu-central-1"]
        #expect(try Sample.plan(nil, image: image, choices) == Sample.plan(nil, image: image, choices))
    }

    @Test("Dates have three digits behind the second")
    func milliseconds() {
        #expect(AMIName.date(Date(timeIntervalSince1970: 0)) == "1970-01-01T00-00-00.000Z")
        #expect(AMIName.date(Date(timeIntervalSince1970: 59.0625)) == "1970-01-01T00-00-59.062Z")
        #expect(AMIName.date(Date(timeIntervalSince1970: 86399.9999)) == "1970-01-01T23-59-59.999Z")
    }

    @Test(
        "Names that EC2 would not take",
        arguments: ["ab", "", String(repeating: "a", count: 129), "a:b", "ä b c", "a{b}"])
    func badName(name: String) { #expect(AMIName.problem(of: name) != nil) }

    @Test("Names that EC2 takes", arguments: ["abc", String(repeating: "a", count: 128), "A-1_(b) [c].d/e'f@g"])
    func goodName(name: String) { #expect(AMIName.problem(of: name) == nil) }

    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var text: String
        /// The beginning of something that is said.
        var said: String
        /// Of all that is said.
        var count = 1
    }

    private static let cases = [
        Case(
            testDescription: "a colon",
            text: "AmiDistributionConfiguration: {Name: \"a:b {{ imagebuilder:buildDate }}\"}",
            said: "t.yaml:7:11: error: the name of an AMI cannot hold ':'"),
        Case(
            testDescription: "a name that every build has", text: "AmiDistributionConfiguration: {Name: web}",
            said: "t.yaml:7:11: warning: the next build would get the same name 'web'"),
        Case(
            testDescription: "a tag of Kiln's", text: "AmiDistributionConfiguration: {AmiTags: {\"kiln:image\": x}}",
            said: "t.yaml:7:11: error: the tag 'kiln:image' is kept"),
        Case(
            testDescription: "a tag of AWS's", text: "AmiDistributionConfiguration: {AmiTags: {\"AWS:x\": x}}",
            said: "t.yaml:7:11: error: the tag 'AWS:x' begins with aws:"),
        Case(
            testDescription: "an account",
            text:
                "AmiDistributionConfiguration: {LaunchPermissionConfiguration: {UserIds: [\"12\"]}}",
            said: "t.yaml:7:11: error: '12' is not an account ID"),
        Case(
            testDescription: "a group",
            text:
                "AmiDistributionConfiguration: {LaunchPermissionConfiguration: {UserGroups: [some]}}",
            said: "t.yaml:7:11: error: there is no user group 'some'"),
        Case(
            testDescription: "an organisation",
            text:
                "AmiDistributionConfiguration: {LaunchPermissionConfiguration: {OrganizationArns: [o-abc]}}",
            said: "t.yaml:7:11: error: 'o-abc' is no ARN of an organisation"),
        Case(
            testDescription: "public and encrypted",
            text:
                "AmiDistributionConfiguration: {KmsKeyId: 1-2, LaunchPermissionConfiguration: {UserGroups: [all]}}",
            said: "t.yaml:7:11: error: an encrypted AMI cannot be public", count: 2),
        Case(
            testDescription: "a key of another region",
            text:
                "AmiDistributionConfiguration: {KmsKeyId: \"arn:aws:kms:us-east-1:111122223333:key/1\"}",
            said: "t.yaml:7:11: error: 'arn:aws:kms:us-east-1:111122223333:key/1' is no ARN of a key in eu-central-1"),
        Case(
            testDescription: "an alias", text: "AmiDistributionConfiguration: {KmsKeyId: alias/web}",
            said: "t.yaml:7:11: error: the EBS direct API takes no alias"),
        Case(
            testDescription: "a parameter", text: "SsmParameterConfigurations: [{ParameterName: /aws/x}]",
            said: "t.yaml:7:11: error: '/aws/x' cannot be the name of a parameter"),
        Case(
            testDescription: "a template without an id",
            text: "LaunchTemplateConfigurations: [{AccountId: \"111122223333\"}]",
            said: "t.yaml:7:11: error: a launch template in eu-central-1 has no LaunchTemplateId"),
        Case(
            testDescription: "fast launch", text: "FastLaunchConfigurations: [{Enabled: true}]",
            said: "t.yaml:7:11: warning: fast launch is for Windows"),
        Case(
            testDescription: "licences",
            text:
                "LicenseConfigurationArns: [\"arn:aws:license-manager:us-east-1:111122223333:license-configuration:lic-1\"]",
            said: "t.yaml:7:11: warning: Kiln associates no licence configurations"),
    ]

    @Test("What cannot be done is said with its place", arguments: cases)
    func said(_ this: Case) throws {
        let problems = Sample.problems(try Sample.configuration("Region: eu-central-1\n\(this.text)"))
        #expect(problems.count == this.count, "\(problems)")
        #expect(problems.contains { $0.hasPrefix(this.said) }, "\(problems)")
    }

    @Test("A description and tags that are too long, and too many")
    func tooLong() throws {
        let tags = (0..<48).map { "k\($0): v" }.joined(separator: ", ")
        let many = try Sample.configuration(
            "Region: eu-central-1\nAmiDistributionConfiguration: {AmiTags: {\(tags)}}")
        #expect(Sample.problems(many).first?.contains("there are 51") == true)
        let text = String(repeating: "x", count: 257)
        let long = try Sample.configuration(
            "Region: eu-central-1\nAmiDistributionConfiguration: {Description: \(text), AmiTags: {k: \(text)}}")
        #expect(Sample.problems(long).count == 2)
    }

    @Test("A key in one region, and none in the next, is told")
    func keys() throws {
        let configuration = try Sample.configuration(
            "Region: eu-central-1\nAmiDistributionConfiguration: {KmsKeyId: 1234-5678, TargetAccountIds: [\"111122223333\"]}",
            "Region: eu-west-1")
        let problems = Sample.problems(configuration)
        #expect(problems.count == 2)
        #expect(problems.allSatisfy { $0.contains("warning") })
        #expect(try Sample.plan(configuration).encrypts)
        var byS3 = DistributionPlan.Choices(ways: [.s3])
        byS3.regions = ["eu-central-1"]
        let alias = try Sample.configuration(
            "Region: eu-central-1\nAmiDistributionConfiguration: {KmsKeyId: alias/web}")
        #expect(Sample.problems(alias, byS3) == [])
    }

    @Test("Regions are chosen among the configuration's")
    func regions() throws {
        let configuration = try Sample.configuration("Region: eu-central-1", "Region: eu-west-1", "Region: us-east-1")
        var choices = DistributionPlan.Choices()
        choices.regions = ["us-east-1", "eu-west-1"]
        #expect(try Sample.plan(configuration, choices).regions.map(\.region) == ["eu-west-1", "us-east-1"])
        choices.regions = ["us-west-2"]
        let problems = Sample.problems(configuration, choices)
        #expect(problems.first?.contains("has no region us-west-2") == true)
        choices.regions = ["us-west-2", "us-west-2"]
        #expect(try Sample.plan(nil, choices).regions.map(\.name) == ["web 2026-09-10T00-39-08.103Z"])
        #expect(Sample.problems(nil).count == 1)
    }

    @Test("An image that would not start, or not as it is wanted, is refused before anything is sent")
    func image() throws {
        var choices = DistributionPlan.Choices()
        choices.regions = ["eu-central-1"]
        let dead = Sample.image { ($0.startsByBIOS, $0.fallbackLoaders) = (false, []) }
        #expect(Sample.problems(nil, image: dead, choices).contains { $0.contains("does not start by itself") })
        let old = Sample.image { $0.architecture = "i386" }
        #expect(Sample.problems(nil, image: old, choices).contains { $0.contains("i386") })
        choices.hasTPM = true
        #expect(Sample.problems(nil, choices).contains { $0.contains("starts by UEFI only") })
        #expect(try Sample.plan(nil, image: Sample.image { $0.startsByBIOS = false }, choices).hasTPM)
        choices.ways = []
        #expect(Sample.problems(nil, choices).contains { $0.contains("no way into EC2") })
    }

    @Test("ImportImage is warned of, and refused for what it does not take")
    func importImage() throws {
        var choices = DistributionPlan.Choices(ways: [.importImage])
        choices.regions = ["eu-central-1"]
        #expect(Sample.problems(nil, choices).contains { $0.contains("warning: ImportImage changes the system") })
        let arm = Sample.image {
            ($0.architecture, $0.startsByBIOS, $0.fallbackLoaders) = ("aarch64", false, ["BOOTAA64.EFI"])
        }
        #expect(Sample.problems(nil, image: arm, choices).contains { $0.contains("takes no arm64") })
        choices.ways = [.ebs]
        #expect(try Sample.plan(nil, image: arm, choices).image.readiness?.bootMode == .uefi)
    }

    @Test("What is done in another account is done in one that gets an AMI")
    func accounts() throws {
        let plan = try Sample.plan(
            try Sample.configuration(
                """
                Region: eu-central-1
                SsmParameterConfigurations: [{ParameterName: /x, AmiAccountId: "111122223333"}]
                """))
        try plan.check(account: "111122223333")
        #expect(throws: DocumentFailure.self) { try plan.check(account: "444455556666") }
    }

    @Test("Before anybody has looked into the disk, all that the documents have wrong is said, and nothing of the disk")
    func outline() throws {
        var image = Sample.image { ($0.startsByBIOS, $0.fallbackLoaders) = (false, []) }
        var choices = DistributionPlan.Choices(ways: [.importImage])
        choices.regions = ["eu-central-1"]
        #expect(Sample.problems(nil, image: image, choices).contains { $0.contains("does not start by itself") })
        image.readiness = nil
        #expect(Sample.problems(nil, image: image, choices).count == 1, "a warning of ImportImage")
        choices.hasTPM = true
        #expect(Sample.problems(nil, image: image, choices).contains { $0.contains("has no TPM") })
        let bad = try Sample.configuration(
            "Region: eu-central-1\nAmiDistributionConfiguration: {Name: \"a:b\", AmiTags: {\"kiln:image\": x}}")
        #expect(Sample.problems(bad, image: image).count { $0.contains("error") } == 2)
    }

    @Test("AMIs get the recipe's watermarks, but for public ones, which EC2 lets have none")
    func watermarks() throws {
        var choices = DistributionPlan.Choices()
        choices.watermarks = ["approved"]
        let own = try Sample.configuration("Region: eu-central-1")
        #expect(try Sample.plan(own, choices).regions.map(\.watermarks) == [["approved"]])
        let everyone = try Sample.configuration(
            "Region: eu-central-1\nAmiDistributionConfiguration: {LaunchPermissionConfiguration: {UserGroups: [all]}}")
        let problems = Sample.problems(everyone, choices)
        #expect(
            problems.contains { $0.hasPrefix("t.yaml:7:11: error: an AMI with watermarks cannot be public") },
            "\(problems)")
    }

    @Test("A region that only exports a file gets no AMI; one that asks for both gets both")
    func exports() throws {
        let configuration = try Sample.configuration(
            api: Sample.export("eu-central-1", "VMDK", "images", role: "exporter") + ", "
                + Sample.export(
                    "eu-west-1", "RAW", "images", role: "exporter",
                    more: #", "amiDistributionConfiguration": {"description": "x"}"#))
        let plan = try Sample.plan(configuration)
        #expect(plan.regions.map(\.makesImage) == [false, true])
        #expect(plan.imageRegions.map(\.region) == ["eu-west-1"])
        #expect(plan.regions.map { $0.export?.format } == [.vmdk, .raw])
        #expect(plan.warnings.isEmpty)
        // What EC2 would not start may be exported all the same.
        let dead = Sample.image { ($0.startsByBIOS, $0.fallbackLoaders) = (false, []) }
        var choices = DistributionPlan.Choices()
        choices.regions = ["eu-central-1"]
        #expect(Sample.problems(configuration, image: dead, choices).isEmpty)
        #expect(!Sample.problems(configuration, image: dead).isEmpty)
    }

    @Test(
        "A bucket and a role that cannot be are said with their place",
        arguments: [("B", "exporter"), ("images", "a b")])
    func badExport(bucket: String, role: String) throws {
        let configuration = try Sample.configuration(
            api: Sample.export("eu-central-1", "VMDK", bucket, role: role))
        let problems = Sample.problems(configuration)
        #expect(problems.count == 1 && problems[0].hasPrefix("d.json:1:"), "\(problems)")
    }
}
