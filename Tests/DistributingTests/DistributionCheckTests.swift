import AWSClient
import Distributing
import Documents
import Failures
import HostSystem
import LocalMoto
import Testing

/// What is found before the work begins, by questions to moto that change nothing.
@Suite(.serialized, .enabled(if: LocalMoto.isInstalled), .timeLimit(.minutes(5))) struct DistributionCheckTests {
    private func obstacles(_ place: Place, _ configuration: DistributionConfiguration?) async throws -> [String: String]
    {
        let found = try await DistributionCheck(try place.plan(configuration), bucket: nil, aws: place.aws).run()
        return Dictionary(uniqueKeysWithValues: found.map { ($0.region, $0.failure.message) })
    }

    @Test("What keeps some regions from being done is told of each; the others are worth the work")
    func some() async throws {
        let server = try await LocalMoto.shared()
        try await Place.with(server.settings()) { place in
            try await server.aws("ec2", "register-image", "--name", "\(place.image.name) taken")
            let configuration = try Sample.configuration(
                "Region: us-east-1",
                "Region: eu-central-1\nAmiDistributionConfiguration: {Name: \(place.image.name) taken}",
                "Region: eu-west-1\nLaunchTemplateConfigurations: [{LaunchTemplateId: lt-00000000000000000}]",
                "Region: eu-west-2\nAmiDistributionConfiguration: {TargetAccountIds: [\"000000000000\"]}",
                "Region: eu-centrl-1")
            let found = try await obstacles(place, configuration)
            #expect(found.keys.sorted() == ["eu-central-1", "eu-centrl-1", "eu-west-1", "eu-west-2"])
            #expect(found["eu-central-1"]?.contains("is taken in eu-central-1") == true, "\(found)")
            #expect(found["eu-west-1"]?.contains("lt-00000000000000000") == true, "\(found)")
            #expect(found["eu-west-2"]?.contains("EC2ImageBuilderDistributionCrossAccountRole") == true, "\(found)")
            #expect(found["eu-centrl-1"]?.contains("there is no region eu-centrl-1") == true, "\(found)")
        }
    }

    @Test("What keeps every region from being done is an error, as is a way without its bucket")
    func every() async throws {
        let server = try await LocalMoto.shared()
        try await Place.with(server.settings()) { place in
            let configuration = try Sample.configuration(
                "Region: eu-west-2\nAmiDistributionConfiguration: {TargetAccountIds: [\"000000000000\"]}")
            let error = await #expect(throws: AWSFailure.self) { try await obstacles(place, configuration) }
            #expect(error?.code == .accessDenied)
            var choices = DistributionPlan.Choices(ways: [.s3])
            choices.regions = ["eu-central-1"]
            let plan = try place.plan(nil, choices)
            let missing = await #expect(throws: AWSFailure.self) {
                try await DistributionCheck(plan, bucket: nil, aws: place.aws).run()
            }
            #expect(missing?.message.contains("no bucket is named") == true)
            // The key's own account needs no role of itself.
            let own = try Sample.configuration(
                "Region: eu-west-2\nAmiDistributionConfiguration: {TargetAccountIds: [\"\(LocalMoto.account)\"]}")
            #expect(try await obstacles(place, own).isEmpty)
        }
    }
}
