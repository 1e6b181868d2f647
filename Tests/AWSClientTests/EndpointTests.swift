import Failures
import Foundation
import HostSystem
import SystemPackage
import Testing

@testable import AWSClient

@Suite struct EndpointTests {
    private func endpoint(
        _ environment: [String: String] = [:], _ flags: AWSSettings.Flags = .init(), config: String? = nil
    ) async throws -> S3Endpoint {
        var found: S3Endpoint?
        try await withAWSFolder(config: config) { home in
            found = try S3Endpoint(settings: AWSSettings(flags: flags, environment: home.merging(environment) { $1 }))
        }
        return try #require(found)
    }

    @Test("AWS's own host of the region; the bucket stands in the name unless TLS could not vouch for it")
    func aws() async throws {
        let aws = try await endpoint(["AWS_REGION": "eu-central-1"])
        #expect(aws.url == "https://s3.eu-central-1.amazonaws.com")
        #expect(aws.target(bucket: "images", key: "a b/c+d").host == "images.s3.eu-central-1.amazonaws.com")
        #expect(aws.target(bucket: "images", key: "a b/c+d").path == "/a%20b/c%2Bd")
        #expect(aws.target(bucket: "images", key: nil).path == "/")
        #expect(aws.target(bucket: "my.images", key: "k").host == "s3.eu-central-1.amazonaws.com")
        #expect(aws.target(bucket: "my.images", key: "k").path == "/my.images/k")
        let china = try await endpoint(["AWS_REGION": "cn-north-1"])
        #expect(china.host == "s3.cn-north-1.amazonaws.com.cn")
    }

    @Test("AWS_ENDPOINT_URL_S3 comes before AWS_ENDPOINT_URL, the flag before both, the profile after them")
    func overrides() async throws {
        let both = ["AWS_ENDPOINT_URL": "http://a:1", "AWS_ENDPOINT_URL_S3": "http://b:2"]
        #expect(try await endpoint(both).url == "http://b:2")
        #expect(try await endpoint(both, .init(endpoint: "http://c:3")).url == "http://c:3")
        #expect(try await endpoint(["AWS_ENDPOINT_URL": "http://a:1"]).url == "http://a:1")
        let config = "[default]\nendpoint_url = http://d:4\nregion = eu-west-1\n"
        #expect(try await endpoint(config: config).url == "http://d:4")
        #expect(try await endpoint(["AWS_ENDPOINT_URL": "http://a:1"], config: config).url == "http://a:1")
        let ignoring = ["AWS_ENDPOINT_URL": "http://a:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"]
        #expect(try await endpoint(ignoring, config: config).host == "s3.eu-west-1.amazonaws.com")
    }

    @Test("Each service by its own variable, then the common one, then the services section, then the profile")
    func precedence() throws {
        let profile = Profile(
            name: "default",
            config: ProfileFile(
                parsing: """
                    [default]
                    services = local
                    endpoint_url = http://profile:1
                    [services local]
                    ec2 =
                      endpoint_url = http://section:2
                    ssm =
                      endpoint_url = http://section:3
                    """), credentials: ProfileFile())
        func override(_ service: AWSService, _ environment: [String: String]) throws -> String? {
            EndpointSettings(environment: environment, profile: profile).override(for: service)
        }
        let own = ["AWS_ENDPOINT_URL_EC2": "http://own:4", "AWS_ENDPOINT_URL": "http://common:5"]
        #expect(try override(.ec2, own) == "http://own:4")
        #expect(try override(.ebs, own) == "http://common:5")
        // A variable for all services comes before the section for this one, as in botocore's ConfiguredEndpointProvider.
        #expect(try override(.ssm, own) == "http://common:5")
        #expect(try override(.ec2, [:]) == "http://section:2")
        #expect(try override(.ssm, [:]) == "http://section:3")
        #expect(try override(.sts, [:]) == "http://profile:1")
        #expect(try override(.ec2, own.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "TRUE"]) { $1 }) == nil)
        #expect(try override(.ec2, own.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false"]) { $1 }) != nil)
    }

    @Test(
        "Hosts of the services in every partition",
        arguments: [
            ("eu-central-1", "ec2.eu-central-1.amazonaws.com", "aws"),
            ("cn-north-1", "ec2.cn-north-1.amazonaws.com.cn", "aws-cn"),
            ("us-gov-west-1", "ec2.us-gov-west-1.amazonaws.com", "aws-us-gov"),
            ("us-iso-east-1", "ec2.us-iso-east-1.c2s.ic.gov", "aws-iso"),
            ("us-isob-east-1", "ec2.us-isob-east-1.sc2s.sgov.gov", "aws-iso-b"),
            ("eu-isoe-west-1", "ec2.eu-isoe-west-1.cloud.adc-e.uk", "aws-iso-e"),
            ("us-isof-south-1", "ec2.us-isof-south-1.csp.hci.ic.gov", "aws-iso-f"),
            ("eusc-de-east-1", "ec2.eusc-de-east-1.amazonaws.eu", "aws-eusc"),
        ])
    func partitions(region: String, host: String, partition: String) throws {
        #expect(try ServiceEndpoint(.ec2, region: region).host == host)
        #expect(AWSPartition(region: region).name == partition)
    }

    private static let python = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .removingLastComponent().appending(".build/tools/bin/python").string

    @Test(
        "Every service's hosts are botocore's: the ordinary, FIPS's, those for IPv6",
        .enabled(if: FileManager.default.isExecutableFile(atPath: python)))
    func botocore() async throws {
        let regions = [
            "us-east-1", "eu-central-1", "ca-central-1", "us-gov-west-1", "us-gov-east-1", "cn-north-1",
            "us-iso-east-1",
            "us-isob-east-1", "eu-isoe-west-1", "us-isof-south-1", "eusc-de-east-1",
        ]
        let script = FilePath(#filePath).removingLastComponent().removingLastComponent()
            .appending("APIClients/endpoints.py")
        let answer = try await HostCommand(
            Self.python, [script.string] + AWSService.allCases.map(\.rawValue) + ["--"] + regions, limit: .seconds(60)
        ).output()
        let expected = try JSONDecoder().decode([String: String?].self, from: Data(answer.standardOutput.utf8))
        var found: [String: String?] = [:]
        for service in AWSService.allCases {
            for region in regions {
                for (isFIPS, isDualStack) in [(false, false), (true, false), (false, true), (true, true)] {
                    let settings = EndpointSettings(environment: [
                        "AWS_USE_FIPS_ENDPOINT": "\(isFIPS)", "AWS_USE_DUALSTACK_ENDPOINT": "\(isDualStack)",
                    ])
                    let words =
                        [service.rawValue, region] + (isFIPS ? ["fips"] : []) + (isDualStack ? ["dualstack"] : [])
                    found[words.joined(separator: " ")] = .some(
                        try? ServiceEndpoint(service, region: region, settings).host)
                }
            }
        }
        #expect(found == expected)
    }

    @Test(
        "FIPS and IPv6 are asked for by variables, else by the profile; with an endpoint of its own a service has neither"
    )
    func variants() async throws {
        let config = """
            [default]
            region = eu-west-1
            use_fips_endpoint = true
            [profile six]
            region = eu-west-1
            s3 =
              use_dualstack_endpoint = true
            """
        #expect(try await endpoint(config: config).host == "s3-fips.eu-west-1.amazonaws.com")
        #expect(
            try await endpoint(["AWS_USE_FIPS_ENDPOINT": "false"], config: config).host == "s3.eu-west-1.amazonaws.com")
        let six = try await endpoint(["AWS_USE_FIPS_ENDPOINT": "TRUE"], .init(profile: "six"), config: config)
        #expect(six.target(bucket: "images", key: "k").host == "images.s3-fips.dualstack.eu-west-1.amazonaws.com")
        let error = await #expect(throws: AWSFailure.self) {
            try await endpoint(["AWS_ENDPOINT_URL": "http://a:1"], config: config)
        }
        #expect(error?.code == .badConfiguration)
        #expect(error?.hint == "unset AWS_USE_FIPS_ENDPOINT or use_fips_endpoint of the profile, or the endpoint")
    }

    @Test("What is no region never becomes a host", arguments: ["evil.example/", "", "EU-WEST-1", "a@b", "x y"])
    func noRegionName(region: String) {
        let error = #expect(throws: AWSFailure.self) { try ServiceEndpoint(.ebs, region: region) }
        #expect(error?.code == .badConfiguration)
    }

    @Test("The services section of the config file, and s3 settings nested below a profile")
    func services() async throws {
        let config = """
            [profile lab]
            services = local
            s3 =
              addressing_style = virtual
            [services local]
            s3 =
              endpoint_url = https://s3.lab.example:9000/base/
            """
        let lab = try await endpoint([:], .init(profile: "lab"), config: config)
        #expect(lab.url == "https://s3.lab.example:9000/base")
        #expect(lab.target(bucket: "images", key: "k").host == "images.s3.lab.example:9000")
        #expect(lab.target(bucket: "images", key: "k").path == "/base/k")
    }

    @Test("Other servers have the bucket in the path, and a port that goes without saying is not signed")
    func others() async throws {
        let local = try await endpoint(["AWS_ENDPOINT_URL": "http://127.0.0.1:8333/"])
        #expect(local.target(bucket: "images", key: "k").host == "127.0.0.1:8333")
        #expect(local.target(bucket: "images", key: "k").path == "/images/k")
        #expect(local.region == "us-east-1")
        #expect(try await endpoint(["AWS_ENDPOINT_URL": "http://lab:80"]).host == "lab")
        #expect(try await endpoint(["AWS_ENDPOINT_URL": "https://lab:443"]).host == "lab")
    }

    @Test(
        "What is no endpoint is refused as a usage error",
        arguments: [
            "127.0.0.1:9000", "ftp://lab", "http://", "http://user:word@lab", "http://lab?x=password", "http://lab/?x",
        ])
    func refused(url: String) async throws {
        let error = await #expect(throws: AWSFailure.self) { try await endpoint(["AWS_ENDPOINT_URL": url]) }
        #expect(error?.code == .badConfiguration)
        #expect(error?.exitStatus == .usage)
        #expect(error.map { "\($0)".contains("word") } == false)
    }

    @Test("AWS itself needs a region")
    func noRegion() async throws {
        let error = await #expect(throws: AWSFailure.self) { try await endpoint() }
        #expect(error?.code == .noRegion)
    }

    @Test("s3:// locations are taken apart, and what can be no bucket is refused")
    func locations() throws {
        #expect(try S3Location(parsing: "s3://images/a/b") == S3Location(bucket: "images", key: "a/b"))
        #expect(try S3Location(parsing: "s3://images").key == "")
        for text in ["images", "s3:/images/a", "s3://ab/x", "s3://Images/x", "s3:///x", "s3://under_score/x"] {
            #expect(throws: AWSFailure.self) { try S3Location(parsing: text) }
        }
        #expect(throws: AWSFailure.self) {
            try S3Location(parsing: "s3://images/" + String(repeating: "k", count: 1025))
        }
    }
}
