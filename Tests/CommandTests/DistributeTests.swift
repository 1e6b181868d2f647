import Foundation
import Glibc
import HostSystem
import LocalMoto
import SystemPackage
import Testing

@testable import Builds

/// `kiln distribute` and `kiln build --distribute` as programs, with moto in the place of AWS.
@Suite(.serialized, .enabled(if: LocalMoto.isInstalled)) struct DistributeTests {
    /// A template with a distribution of these regions, each as it stands under `Distributions`.
    private static func template(_ distributions: String, test: String = "true") -> String {
        let steps: [TestTemplate.Step] = [
            .init(name: "Mark", script: "echo made > /root/made"), .init(phase: "test", name: "Test", script: test),
        ]
        let plain = TestTemplate(components: [("First", steps)]).text
        let pipeline = "      InfrastructureConfigurationArn: !Ref I\n"
        return plain.replacing(pipeline, with: pipeline + "      DistributionConfigurationArn: !Ref D\n") + """
              D:
                Type: AWS::ImageBuilder::DistributionConfiguration
                Properties:
                  Name: everywhere
                  Distributions: [\(distributions)]

            """
    }

    private func fail(
        _ home: CommandHome, _ status: Int32, _ said: String, _ arguments: [String], _ environment: [String: String],
        location: SourceLocation = #_sourceLocation
    ) async throws {
        let ended = try await home.kiln(arguments, adding: environment).end()
        #expect(ended.status == status, "\(ended.output)", sourceLocation: location)
        #expect(ended.output.contains(said), "\(ended.output)", sourceLocation: location)
        for work in ["looking into", "booting", "build b-", "exporting"] {
            #expect(!ended.output.contains(work), "\(ended.output)", sourceLocation: location)
        }
    }

    @Test(
        "What is wrong with documents, names, keys and accounts is said before the disk is looked into or a guest starts"
    )
    func order() async throws {
        let server = try await LocalMoto.shared()
        let unreachable = server.environment(endpoint: "http://127.0.0.1:9")
        try await withCommandHome { home in
            let image = try await BuiltImage(in: home)
            let commands = [
                ["distribute", "recipe/1.0.0", "--template", "d.yaml"], ["build", "d.yaml", "--distribute"],
            ]
            func write(_ distributions: String) throws { try home.write("d.yaml", Self.template(distributions)) }
            for command in commands {
                try write("{Region: eu-central-1, AmiDistributionConfiguration: {AmiTags: {\"kiln:image\": x}}}")
                try await fail(home, 65, "d.yaml:", command, unreachable)
                try write("{Region: eu-central-1}")
                try await fail(home, 65, "has no region eu-west-1", command + ["--only", "eu-west-1"], unreachable)
                try await fail(home, 65, "has no TPM", command + ["--via", "import-image", "--tpm"], unreachable)
                try await fail(home, 69, "127.0.0.1:9", command, unreachable)
                try await fail(home, 2, "no bucket is named", command + ["--via", "s3"], server.environment)
                try write(
                    "{Region: eu-central-1, SsmParameterConfigurations: [{ParameterName: /x, AmiAccountId: \"111122223333\"}]}"
                )
                try await fail(home, 65, "in the account 111122223333, which gets no AMI", command, server.environment)
                try write(
                    "{Region: eu-central-1, AmiDistributionConfiguration: {TargetAccountIds: [\"000000000000\"]}}")
                try await fail(home, 69, "EC2ImageBuilderDistributionCrossAccountRole", command, server.environment)
            }
            // The name is known of an image that is there only.
            let name = "taken \(UInt32.random(in: 0 ..< .max))"
            try await server.aws("ec2", "register-image", "--name", name)
            try write("{Region: eu-central-1, AmiDistributionConfiguration: {Name: \(name)}}")
            try await fail(home, 1, "is taken in eu-central-1", commands[0], server.environment)
            #expect(BuildFolder.all(home: home.home).map(\.id) == [image.build])
            // What is for a distribution needs one.
            try await fail(home, 2, "--via is for --distribute", ["build", "d.yaml", "--via", "ebs"], [:])
            try await fail(
                home, 65, "has no distribution configuration", ["build", "t.yaml", "--distribute"], server.environment)
        }
    }

    @Test(
        "A build distributes what it has tested; a region that fails is told, keeps the image, and is done by the next build",
        .enabled(if: CommandHome.isThere), .timeLimit(.minutes(20)))
    func built() async throws {
        let server = try await LocalMoto.shared()
        let parameter = "/kiln/\(UInt32.random(in: 0 ..< .max))"
        func template(_ id: String) -> String {
            Self.template(
                """
                {Region: eu-central-1, SsmParameterConfigurations: [{ParameterName: \(parameter), DataType: text}]},
                {Region: eu-west-1, LaunchTemplateConfigurations: [{LaunchTemplateId: \(id)}]}
                """)
        }
        try await withCommandHome { home in
            try home.write("kiln.yaml", TestTemplate.settings)
            try home.write("t.yaml", template("lt-00000000000000000"))
            let arguments = ["build", "t.yaml", "--distribute", "--no-export", "--json"]
            let first = try home.kiln(arguments, results: "first", adding: server.environment)
            let ended = try await first.end(within: .seconds(900))
            #expect(ended.status == 1, "\(ended.output)")
            #expect(ended.output.contains("warning: eu-west-1 cannot be done"), "\(ended.output)")
            #expect(ended.output.contains("what is missing is done by: kiln distribute b-"), "\(ended.output)")
            let report = try report(home, "first")
            #expect(report.map(\.state) == ["AVAILABLE", "FAILED"], "\(report)")
            let build = try #require(home.build)
            #expect(build.state == .available && build.image != nil)
            let events = try String(decoding: Folders.read(home.folder(of: build).events), as: UTF8.self)
            #expect(events.contains("\"stage\":\"Distributing\"") && events.contains("eu-central-1: made ami-"))
            try home.expectNothingLeft(of: first)

            let made = try await server.aws(
                "ec2", "create-launch-template", "--launch-template-name", String(parameter.dropFirst(6)),
                "--launch-template-data", "{\"ImageId\": \"ami-1\"}", "--query", "LaunchTemplate.LaunchTemplateId",
                region: "eu-west-1")
            try home.write("t.yaml", template(made.trimmingCharacters(in: CharacterSet(charactersIn: "\"\n "))))
            let second = try await home.kiln(arguments, results: "second", adding: server.environment).end()
            #expect(second.status == 0, "\(second.output)")
            let mended = try self.report(home, "second")
            #expect(mended.map(\.image) == report.map(\.image) && mended.map(\.name) == report.map(\.name))
            #expect(mended.map(\.done.count) == [0, 2], "\(mended)")
            #expect(try await server.aws("ssm", "get-parameter", "--name", parameter).contains(mended[0].image ?? "-"))

            // Without the flag nothing is sent, and one line says how it would be.
            let local = try await home.kiln(
                ["build", "t.yaml", "--no-export"], adding: ["AWS_ENDPOINT_URL": "http://127.0.0.1:9"]
            )
            .end()
            #expect(local.status == 0, "\(local.output)")
            let newest = try #require(home.build).id
            #expect(local.output.contains("not distributed: kiln distribute \(newest) --template t.yaml"))
            let later = try await home.kiln(
                ["distribute", newest, "--template", "t.yaml", "--json"], results: "later",
                adding: server.environment
            ).end()
            #expect(later.status == 0, "\(later.output)")
            let plain = try String(decoding: Folders.read(home.work.appending("later")), as: UTF8.self)
            #expect(mended.allSatisfy { plain.contains($0.image ?? "-") })
        }
    }

    private struct Region: Decodable {
        var state: String
        var name: String?
        var image: String?
        var done: [String]
    }

    /// Of the last line that a build prints.
    private func report(_ home: CommandHome, _ file: String) throws -> [Region] {
        struct Summary: Decodable {
            struct Distribution: Decodable { var regions: [Region] }
            var event: String
            var distribution: Distribution
        }
        let lines = try Folders.read(home.work.appending(file)).split(separator: UInt8(ascii: "\n"))
        return try JSONDecoder().decode(Summary.self, from: Data(try #require(lines.last))).distribution.regions
    }

    @Test(
        "An image that a bundle has brought is distributed from there; ended in the middle, the next run goes on",
        .enabled(if: CommandHome.isThere), .timeLimit(.minutes(15)))
    func carried() async throws {
        let server = try await LocalMoto.shared()
        try await withCommandHome { home in
            let packed = try await home.kiln(["bundle", "debian-12", "--output", "d.kiln", "--unsigned"]).end()
            try #require(packed.status == 0, "\(packed.output)")
            let bundle = home.work.appending("d.kiln").string
            try await withCommandHome { other in
                let name = "carried-\(UInt32.random(in: 0 ..< .max))"
                let taken = try await other.kiln(["unbundle", bundle, "--insecure-unsigned", "--name", name]).end()
                try #require(taken.status == 0, "\(taken.output)")
                #expect(taken.output.contains("kiln distribute \(name) "), "\(taken.output)")
                let arguments = ["distribute", name, "--only", "eu-central-1", "--only", "us-east-1", "--json"]
                let cut = try other.kiln(arguments, results: "cut", adding: server.environment)
                try await cut.wait(forOutput: "blocks: 10 %")
                cut.signal(SIGTERM)
                let end = try await cut.end()
                #expect(end.status == 130, "\(end.output)")
                try other.expectNothingLeft(of: cut)
                let work = other.home.cache.appending("distribution")
                #expect(try Folders.names(in: work).count { $0.hasSuffix(".blocks") } == 1)
                let whole = try await other.kiln(arguments, results: "whole", adding: server.environment).end()
                #expect(whole.status == 0, "\(whole.output)")
                #expect(try Folders.names(in: work) == ["lock"])
                for region in ["eu-central-1", "us-east-1"] {
                    let images = try await server.aws(
                        "ec2", "describe-images", "--owners", "self", "--filters", "Name=name,Values=\(name) *",
                        "--query", "length(Images)", region: region)
                    #expect(images.contains("1"), "\(images)")
                }
                #expect(!end.output.contains("kiln-tests") && !whole.output.contains("kiln-tests"))
            }
        }
    }
}
