import AWSClient
import Distributing
import Documents
import Failures
import Foundation
import HostSystem
import LocalMoto
import Testing

/// Other accounts, keys and dates, on moto with what it lacks of them; looked at with the AWS CLI, as the account itself.
@Suite(.serialized, .enabled(if: LocalMoto.isInstalled), .timeLimit(.minutes(10))) struct AccountDistributionTests {
    private static let other = "444455556666"

    /// What the other account sees.
    private func theirs(_ server: LocalMoto, _ arguments: String...) async throws -> String {
        let role = "arn:aws:iam::\(Self.other):role/looker"
        let answer = try await server.aws(
            "sts", "assume-role", "--role-arn", role, "--role-session-name", "look", "--query",
            "Credentials.[AccessKeyId,SecretAccessKey,SessionToken]")
        let keys = try JSONDecoder().decode([String].self, from: Data(answer.utf8))
        var environment = server.environment
        for (name, value) in zip(["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"], keys) {
            environment[name] = value
        }
        return try await HostCommand(
            "aws", arguments + ["--region", "eu-central-1", "--output", "json"], environment: environment,
            limit: .seconds(120)
        ).run()
    }

    private func key(_ server: LocalMoto, _ region: String) async throws -> String {
        try await server.aws("kms", "create-key", "--query", "KeyMetadata.Arn", region: region)
            .trimmingCharacters(in: CharacterSet(charactersIn: "\"\n "))
    }

    @Test("A target account gets a copy of its own and the parameter names it; another account may only launch ours")
    func accounts() async throws {
        let server = try await LocalMoto.shared()
        try await Place.with(server.settings(), name: "accounts") { place in
            try await place.seed()
            let configuration = try Sample.configuration(
                """
                Region: eu-central-1
                AmiDistributionConfiguration:
                  TargetAccountIds: ["\(Self.other)", "\(LocalMoto.account)"]
                  LaunchPermissionConfiguration: {UserIds: ["777788889999"]}
                SsmParameterConfigurations:
                  - {ParameterName: /\(place.image.name), AmiAccountId: "\(Self.other)", DataType: text}
                """)
            let report = try await place.run(configuration)
            #expect(report.isComplete, "\(report)")
            let region = report.regions[0]
            #expect(region.copies.map(\.account) == [Self.other])
            let copy = try #require(region.copies.first?.image)
            let shown = try await theirs(server, "ec2", "describe-images", "--owners", "self")
            #expect(shown.contains(copy) && shown.contains("\"OwnerId\": \"\(Self.other)\""))
            #expect(shown.contains("\"Value\": \"\(place.image.digest)\""))
            let parameter = try await theirs(server, "ssm", "get-parameter", "--name", "/\(place.image.name)")
            #expect(parameter.contains(copy))
            let id = try #require(region.image)
            let permissions = try await server.aws(
                "ec2", "describe-image-attribute", "--image-id", id, "--attribute", "launchPermission")
            #expect(permissions.contains("777788889999") && permissions.contains(Self.other))
            let again = try await place.run(configuration)
            #expect(again.isComplete && again.regions[0].done.isEmpty, "\(again)")
            #expect(again.regions[0].copies.map(\.image) == [copy])
        }
    }

    @Test("An account whose role is not ours to assume fails its region, which has its AMI; the others are done")
    func denied() async throws {
        let server = try await LocalMoto.shared()
        try await Place.with(server.settings(), name: "denied") { place in
            try await place.seed()
            let configuration = try Sample.configuration(
                "Region: eu-central-1\nAmiDistributionConfiguration: {TargetAccountIds: [\"000000000000\"]}",
                "Region: eu-west-1")
            let report = try await place.run(configuration)
            #expect(report.regions.map(\.state) == [.failed, .available], "\(report)")
            #expect(report.regions[0].image != nil)
            let problem = report.regions[0].problem?.message ?? ""
            #expect(problem.contains("arn:aws:iam::000000000000:role/EC2ImageBuilderDistributionCrossAccountRole"))
        }
    }

    @Test("With a key everywhere, every block is sent, and each region's snapshot has the key of that region")
    func encrypted() async throws {
        let server = try await LocalMoto.shared()
        let keys = [try await key(server, "eu-central-1"), try await key(server, "eu-west-1")]
        try await Place.with(server.settings(), name: "encrypted") { place in
            let configuration = try Sample.configuration(
                "Region: eu-central-1\nAmiDistributionConfiguration: {KmsKeyId: \"\(keys[0])\"}",
                "Region: eu-west-1\nAmiDistributionConfiguration: {KmsKeyId: \"\(keys[1])\"}")
            let report = try await place.run(configuration)
            #expect(report.isComplete, "\(report)")
            // Moto gives the image a snapshot of its own; the one that was sent is the first.
            let sent = try #require(report.regions[0].snapshots.first)
            let blocks = try await place.aws.ebs(region: "eu-central-1").listBlocks(of: sent)
            #expect(blocks.count == 2048, "what nobody wrote would be noise")
            for (index, snapshot) in [sent, report.regions[1].snapshots.first ?? ""].enumerated() {
                let shown = try await server.aws(
                    "ec2", "describe-snapshots", "--snapshot-ids", snapshot,
                    region: ["eu-central-1", "eu-west-1"][index])
                #expect(shown.contains("\"Encrypted\": true") && shown.contains(keys[index]), "\(shown)")
            }
            let again = try await place.run(configuration)
            #expect(again.isComplete && again.regions.allSatisfy { $0.done.isEmpty }, "\(again)")
        }
    }

    @Test("A copy that failed, as one does whose key is not there, is removed by the next run, which makes it anew")
    func failedCopy() async throws {
        let server = try await LocalMoto.shared()
        let key = try await key(server, "eu-west-1")
        let gone = String(key.dropLast(12)) + "000000000000"
        try await Place.with(server.settings(), name: "failed") { place in
            try await place.seed()
            func configuration(_ key: String) throws -> DistributionConfiguration? {
                try Sample.configuration(
                    "Region: eu-central-1",
                    "Region: eu-west-1\nAmiDistributionConfiguration: {KmsKeyId: \"\(key)\"}", "Region: us-east-1")
            }
            let report = try await place.run(try configuration(gone))
            #expect(report.regions.map(\.state) == [.available, .failed, .available], "\(report)")
            let problem = report.regions[1].problem?.message ?? ""
            #expect(problem.contains("in eu-west-1 is failed"), "\(problem)")
            let ec2 = try place.aws.ec2(region: "eu-west-1")
            let name = try #require(report.regions[1].name)
            let failed = try #require(try await ec2.image(named: name))
            #expect(failed.state == "failed")
            let mended = try await place.run(try configuration(key))
            #expect(mended.isComplete, "\(mended)")
            #expect(mended.regions.map(\.done.isEmpty) == [true, false, true])
            let all = try await ec2.describeImages(owners: ["self"], filters: ["name": [name]])
            #expect(all.map(\.id) == [mended.regions[1].image] && all.first?.id != failed.id)
            let snapshots = failed.devices.compactMap(\.snapshotID)
            let left = try await ec2.describeSnapshots(owners: ["self"]).filter { snapshots.contains($0.id) }
            #expect(left.isEmpty)
        }
    }

    @Test("AMIs are deprecated from the day on that was asked for, and another day changes it")
    func deprecated() async throws {
        let server = try await LocalMoto.shared()
        try await Place.with(server.settings(), name: "old") { place in
            var choices = DistributionPlan.Choices()
            choices.regions = ["eu-central-1", "us-east-1"]
            choices.deprecation = Date(timeIntervalSince1970: 1_900_000_000)
            let report = try await place.run(nil, choices)
            #expect(report.isComplete, "\(report)")
            for (id, region) in zip(report.regions.compactMap(\.image), choices.regions) {
                let shown = try await server.aws("ec2", "describe-images", "--image-ids", id, region: region)
                #expect(shown.contains("\"DeprecationTime\": \"2030-03-17T17:46:00.000Z\""), "\(shown)")
            }
            #expect(try await place.run(nil, choices).regions.allSatisfy { $0.done.isEmpty })
            choices.deprecation = Date(timeIntervalSince1970: 1_900_086_400)
            let later = try await place.run(nil, choices)
            #expect(later.regions.map(\.done.count) == [1, 1], "\(later)")
        }
    }
}
