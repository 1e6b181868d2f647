import Foundation
import HostSystem
import Store
import Testing

@testable import ImageBuilderAPI

@Suite("Images that are there") struct ImageOperationTests {
    private static let digest = String(repeating: "ab", count: 32)

    private struct Packages: PackageSource {
        func packages(of digest: String) async throws -> [ImagePackage] {
            guard digest == ImageOperationTests.digest else { return [] }
            return (10..<40).map { ImagePackage(name: "package-\($0)", version: "1.\($0)") }
        }
    }

    /// One image of each inventory becomes AVAILABLE, as a build leaves it.
    private func built(
        _ fixture: ServiceFixture, _ more: [String: JSONValue] = [:]
    ) async throws -> (image: String, arns: [String]) {
        let arns = try await ServiceTests.inventory(fixture)
        let image = try #require(arns.first { $0.contains(":image/") })
        let stored = try #require(await fixture.store.resource(image))
        var document = try #require(JSONValue(parsing: Array(stored.document)).members)
        document["kiln"] = ["build": "b-1", "image": .string(Self.digest)]
        document["outputResources"] = [
            "amis": [["region": "us-east-1", "image": .string("sha256:\(Self.digest)")], ["image": "ami-1234"]]
        ]
        let data = Data(JSONValue.object(document.merging(more) { $1 }).bytes)
        _ = try await fixture.store.transition(image, to: .creating)
        _ = try await fixture.store.transition(image, to: .available, document: data)
        return (image, arns)
    }

    @Test("have their packages, a page at a time; not where the metadata was not wanted")
    func packages() async throws {
        try await withService(packages: Packages()) { fixture in
            let (image, _) = try await built(fixture)
            var names: [String] = []
            var (sizes, token): ([Int], JSONValue?) = ([], nil)
            repeat {
                var input: [String: JSONValue] = ["imageBuildVersionArn": .string(image)]
                input["nextToken"] = token
                let page = try await fixture.ask("ListImagePackages", .object(input))
                #expect(page.status == 200, "\(page)")
                let found = page.body["imagePackageList"]?.elements ?? []
                #expect(found.allSatisfy { $0["packageVersion"]?.text?.hasPrefix("1.") == true })
                names += found.compactMap { $0["packageName"]?.text }
                sizes.append(found.count)
                token = page.body["nextToken"]
            } while token != nil
            #expect(sizes == [25, 5] && names == (10..<40).map { "package-\($0)" })
            let wrong: JSONValue = ["imageBuildVersionArn": .string(image), "nextToken": "x"]
            #expect(try await fixture.ask("ListImagePackages", wrong).error == "InvalidPaginationTokenException")
        }
        try await withService(packages: Packages()) { fixture in
            let (image, _) = try await built(fixture, ["enhancedImageMetadataEnabled": false])
            let none = try await fixture.ask("ListImagePackages", ["imageBuildVersionArn": .string(image)])
            #expect(none.status == 200 && none.body["imagePackageList"] == [], "\(none)")
        }
    }

    @Test("are distributed as the next build of their version, once a token, however they are named")
    func distributes() async throws {
        try await withService { fixture in
            let (image, arns) = try await built(fixture)
            let distribution = try #require(arns.first { $0.contains(":distribution-configuration/") })
            func ask(
                _ source: String, _ token: String = UUID().uuidString, _ configuration: String? = nil
            ) async throws -> (status: Int, error: String?, body: JSONValue) {
                try await fixture.ask(
                    "DistributeImage",
                    [
                        "sourceImage": .string(source), "executionRole": "role", "clientToken": .string(token),
                        "distributionConfigurationArn": .string(configuration ?? distribution), "tags": ["a": "b"],
                    ])
            }
            let first = try await ask(image, "once")
            let arn = try #require(first.body["imageBuildVersionArn"]?.text, "\(first)")
            let before = String(image.dropLast())
            #expect(arn == before + "2")
            #expect(try await ask(image, "once").body["imageBuildVersionArn"]?.text == arn)
            let got = try await fixture.ask("GetImage", ["imageBuildVersionArn": .string(arn)]).body["image"]
            #expect(got?["state"]?["status"] == "PENDING" && got?["tags"] == ["a": "b"], "\(String(describing: got))")
            #expect(got?["distributionConfiguration"]?["name"] == "here" && got?["infrastructureConfiguration"] == nil)
            let build = try #require(await fixture.store.build(arn))
            #expect(build.state == .pending && build.claim == nil)
            let document = try JSONValue(parsing: Array(try #require(await fixture.store.resource(arn)).document))
            let kiln: JSONValue = ["build": "b-1", "image": .string(Self.digest), "distributes": .string(image)]
            #expect(document["kiln"] == kiln)

            // A version means its newest that is there, and what it has made means it too.
            let version = String(image.dropLast(2))
            for (number, source) in [version, "ami-1234", "sha256:\(Self.digest)"].enumerated() {
                let made = try await ask(source).body["imageBuildVersionArn"]?.text
                #expect(made == "\(before)\(number + 3)", "\(source)")
            }
            let refused: [(source: String, error: String, word: String)] = [
                (arn, "InvalidRequestException", "PENDING"), ("ssm:/a", "InvalidRequestException", "SSM"),
                ("ami-9", "InvalidRequestException", "ami-9"), ("web", "InvalidRequestException", "no image"),
                (image.replacing("/web/", with: "/gone/"), "ResourceNotFoundException", "gone"),
                (distribution, "ResourceNotFoundException", "distribution-configuration"),
            ]
            for (source, error, word) in refused {
                let answer = try await ask(source)
                #expect(answer.error == error && answer.body["message"]?.text?.contains(word) == true, "\(answer)")
            }
            let missing = try await ask(image, "m", distribution + "-gone")
            #expect(missing.error == "ResourceNotFoundException")
        }
    }

    @Test("cannot be distributed where they have no disk here")
    func withoutDisk() async throws {
        try await withService { fixture in
            let (image, arns) = try await built(fixture, ["kiln": [:]])
            let distribution = try #require(arns.first { $0.contains(":distribution-configuration/") })
            let answer = try await fixture.ask(
                "DistributeImage",
                [
                    "sourceImage": .string(image), "executionRole": "role", "clientToken": "t",
                    "distributionConfigurationArn": .string(distribution),
                ])
            #expect(
                answer.error == "InvalidRequestException" && answer.body["message"]?.text?.contains("no disk") == true)
        }
    }

    @Test("come of EC2's import tasks where those are followed, and of nothing else")
    func imports() async throws {
        let input: [String: JSONValue] = [
            "name": "My VM", "semanticVersion": "1.0.0", "platform": "Linux", "vmImportTaskId": "import-ami-1234",
            "clientToken": "t", "tags": ["a": "b"],
        ]
        try await withService(reachesAWS: true) { fixture in
            let made = try await fixture.ask("ImportVmImage", .object(input))
            let arn = try #require(made.body["imageArn"]?.text, "\(made)")
            #expect(arn.hasSuffix(":image/my-vm/1.0.0/1"))
            #expect(try await fixture.ask("ImportVmImage", .object(input)).body["imageArn"]?.text == arn)
            let image = try await fixture.ask("GetImage", ["imageBuildVersionArn": .string(arn)]).body["image"]
            #expect(image?["state"]?["status"] == "PENDING" && image?["imageSource"] == "IMPORTED")
            #expect(image?["buildType"] == "IMPORT" && image?["type"] == "AMI" && image?["tags"] == ["a": "b"])
            // Whoever takes builds from the queue has nothing to do with it.
            #expect(try await fixture.store.claimNext(by: .current, limit: 5, lease: .seconds(60)) == nil)
            let other = input.merging(["vmImportTaskId": "import-snap-1", "clientToken": "u"]) { $1 }
            #expect(try await fixture.ask("ImportVmImage", .object(other)).error == "InvalidParameterValueException")
            let again: JSONValue = ["imageBuildVersionArn": .string(arn), "clientToken": "c"]
            #expect(try await fixture.ask("CancelImageCreation", again).status == 200)
            #expect(try await fixture.store.resource(arn)?.state == "CANCELLED")
            #expect(try await fixture.ask("RetryImage", again).error == "InvalidRequestException")
        }
        try await withService { fixture in
            let refused = try await fixture.ask("ImportVmImage", .object(input))
            #expect(refused.error == "ClientException", "\(refused)")
            #expect(refused.body["message"]?.text?.contains("kiln image import") == true)
        }
    }

    @Test("of installation disks, containers and the Marketplace are refused, with what is wrong besides before")
    func refusals() async throws {
        try await withService { fixture in
            let arns = try await ServiceTests.inventory(fixture)
            func arn(_ kind: String) throws -> JSONValue {
                .string(try #require(arns.first { $0.contains(":\(kind)/") }))
            }
            let disk: [String: JSONValue] = [
                "name": "disk", "semanticVersion": "1.0.0", "platform": "Windows", "clientToken": "t",
                "osVersion": "Microsoft Windows 11", "uri": "s3://bucket/win.iso",
                "infrastructureConfigurationArn": try arn("infrastructure-configuration"),
            ]
            let wrong: [(change: [String: JSONValue], error: String, word: String)] = [
                ([:], "ClientException", "Windows"),
                (["platform": "Linux"], "InvalidParameterValueException", "platform"),
                (["uri": "s3://bucket/disk.qcow2"], "InvalidParameterValueException", ".iso"),
                (["uri": "https://bucket/a.iso"], "InvalidParameterValueException", "s3://"),
                (
                    [
                        "infrastructureConfigurationArn": .string(
                            "\(try arn("infrastructure-configuration").text ?? "")-x")
                    ],
                    "ResourceNotFoundException", "infra-x"
                ),
            ]
            for (change, error, word) in wrong {
                let answer = try await fixture.ask("ImportDiskImage", .object(disk.merging(change) { $1 }))
                #expect(answer.error == error && answer.body["message"]?.text?.contains(word) == true, "\(answer)")
            }
            let container = try await fixture.ask(
                "CreateImage",
                [
                    "containerRecipeArn": try arn("container-recipe"), "clientToken": "c",
                    "infrastructureConfigurationArn": try arn("infrastructure-configuration"),
                ])
            #expect(container.error == "InvalidRequestException", "\(container)")
            #expect(container.body["message"]?.text?.contains("not built by Kiln") == true)
            // One that a schedule has asked for.
            let failed = try await fixture.store.create(
                NewResource(
                    .image, name: "box", version: ResourceVersion(1, 0, 0), document: Data(#"{"type":"DOCKER"}"#.utf8),
                    state: "FAILED")
            ).arn
            let retry = try await fixture.ask(
                "RetryImage", ["imageBuildVersionArn": .string(failed), "clientToken": "r"])
            #expect(retry.error == "InvalidRequestException", "\(retry)")
            #expect(retry.body["message"]?.text?.contains("AMI-based") == true)
            let sold: [(resource: JSONValue, word: String)] = [
                (try arn("component"), "no resource of the AWS Marketplace"),
                ("arn:aws:imagebuilder:us-east-1:aws:component/sold/1.0.0/1", "is not available in Kiln"),
            ]
            for (resource, word) in sold {
                let answer = try await fixture.ask(
                    "GetMarketplaceResource", ["resourceType": "COMPONENT_DATA", "resourceArn": resource])
                #expect(answer.error == "InvalidRequestException", "\(answer)")
                #expect(answer.body["message"]?.text?.contains(word) == true, "\(answer)")
            }
        }
    }
}
