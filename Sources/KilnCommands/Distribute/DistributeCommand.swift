import AWSClient
import ArgumentParser
import Distributing
import Documents
import Failures
import Foundation
import HostSystem

struct DistributeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "distribute",
        abstract: "Makes AMIs of an image in the regions and accounts that a distribution configuration names.",
        discussion: """
            Examples:
              kiln distribute web/1.2.0 --template template.yaml
              kiln distribute web --template template.yaml --pipeline Nightly --only eu-west-1
              kiln distribute web --template template.yaml --via s3 --s3 s3://images/import
              kiln distribute disk.qcow2 --only eu-central-1 --json

            A second run does only what is missing. docs/distribution.md tells what is done in each region, and what the ways
            into EC2 need.
            """)

    @Argument(
        help: "A name, NAME/VERSION, the beginning of a digest, a build's id, or the path of a disk file.",
        completion: .file())
    var image: String

    @Option(
        help:
            "The template that has the distribution configuration, or the inputs of AWS CLI commands; may be repeated.",
        completion: .file())
    var template: [String] = []

    @Option(help: "The pipeline whose configuration it is, by logical id or name (default: the only one).")
    var pipeline: String?

    @Option(help: "Where the imports find the image, s3://BUCKET/PREFIX (default: export: s3 of the settings).")
    var s3: String?

    @Option(help: "The profile to take credentials from.")
    var profile: String?

    @Option(help: "An endpoint for all services, other than AWS's.")
    var endpointURL: String?

    @Flag(help: "The result as JSON on standard output.")
    var json = false

    @OptionGroup var distribution: DistributionFlags
    @OptionGroup var templateOptions: TemplateOptions
    @OptionGroup var host: HostOptions

    func validate() throws {
        if template.isEmpty, distribution.only.isEmpty {
            throw ValidationError("give --template FILE, or regions with --only")
        }
        if template.isEmpty, pipeline != nil { throw ValidationError("--pipeline is for --template") }
    }

    func run() async throws {
        let wanted = try await WantedDistribution(template, pipeline, templateOptions)
        let run = DistributionRun(
            wanted: wanted, flags: distribution, bucket: try DistributionRun.bucket(s3, wanted.settings),
            aws: try AWSSettings(
                flags: .init(profile: profile, region: templateOptions.region, endpoint: endpointURL),
                environment: ProcessInfo.processInfo.environment), host: host)
        // Not BuildView's JSON: that is a build's events.
        let view = BuildView(json: false)
        defer { view.close() }
        let image = try await DistributeImage.find(image, home: host.home)
        // What is wrong with the documents, the key or the names is said now, and not when the disk has been looked into.
        let said = try await run.check(image, view)
        let report = try await run.run(image, said: said, view) { view.note($0) }
        view.close()
        try DistributionSummary(report).show(json: json)
        try DistributionSummary(report).demandSuccess()
    }
}
