import AWSClient
import ArgumentParser
import Disks
import Distributing
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

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

    enum Way: String, ExpressibleByArgument, CaseIterable {
        case ebs, s3
        case importImage = "import-image"
    }

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

    @Option(help: "The way into EC2 (default: ebs; s3 where that is not allowed and a bucket is named).")
    var via: Way?

    @Option(help: "A region to distribute to, of those that the configuration has; may be repeated (default: all).")
    var only: [String] = []

    @Option(help: "Where the imports find the image, s3://BUCKET/PREFIX (default: export: s3 of the settings).")
    var s3: String?

    @Flag(help: "Leave the imported file in the bucket.")
    var keepObject = false

    @Option(help: "The role that EC2's imports read the bucket with (default: vmimport).")
    var importRole: String?

    @Option(help: "Deprecate the AMIs so many days after the image was made.")
    var deprecateAfter: Int?

    @Flag(help: "Give instances a NitroTPM; for images that start by UEFI only.")
    var tpm = false

    @Flag(help: "Let instances ask for metadata without a session token (IMDSv1).")
    var imdsv1 = false

    @Option(help: "The profile to take credentials from.")
    var profile: String?

    @Option(help: "An endpoint for all services, other than AWS's.")
    var endpointURL: String?

    @Flag(help: "The result as JSON on standard output.")
    var json = false

    @OptionGroup var templateOptions: TemplateOptions
    @OptionGroup var host: HostOptions

    func validate() throws {
        if template.isEmpty, only.isEmpty { throw ValidationError("give --template FILE, or regions with --only") }
        if template.isEmpty, pipeline != nil { throw ValidationError("--pipeline is for --template") }
        if let deprecateAfter, deprecateAfter < 1 { throw ValidationError("--deprecate-after takes days, from 1 on") }
    }

    func run() async throws {
        let wanted = try WantedDistribution(template, pipeline, templateOptions)
        let bucket = try bucket(wanted.settings)
        let aws = try AWSSettings(
            flags: .init(profile: profile, region: templateOptions.region, endpoint: endpointURL),
            environment: ProcessInfo.processInfo.environment)
        // No key, a refused one or no way to AWS is said now, and not when the image has been looked into.
        let region = wanted.configuration?.distributions.first?.region ?? only.first
        _ = try await AWSSession.with(aws) { session in try await session.sts(region: region).callerIdentity() }
        // Not BuildView's JSON: that is a build's events.
        let view = BuildView(json: false)
        defer { view.close() }
        let found = try await DistributeImage.find(image, home: host.home)
        let acceleration = try await Acceleration.detect(home: host.home)
        view.note("looking into \(found.file.label)")
        let readiness = try await EC2Preflight.run(
            disk: found.file.disk, format: found.file.format, settings: host.appliance(acceleration))
        let described = found.described(readiness, arn: wanted.arn(build: found.buildNumber))
        let plan = try DistributionPlan(
            wanted.configuration, image: described, choices: choices(bucket, created: found.created))
        for warning in plan.warnings { view.complain(warning.description) }
        var options = DistributionOptions(work: host.home.cache.appending("distribution"))
        options.bucket = bucket
        options.keepsObject = keepObject
        options.importRole = importRole
        let ready = options
        let source = DistributionSource(disk: found.file.disk, isRaw: found.file.format == "raw")
        let report = try await AWSSession.with(aws) { session in
            try await Distributor(plan, source: source, options: ready, aws: session) { event in
                switch event {
                case .note(let region, let text): view.note("\(region): \(text)")
                case .progress(let region, let what, let done, let total):
                    view.progress("\(region): \(what)", done, total)
                }
            }.run()
        }
        view.close()
        try DistributionSummary(report).show(json: json)
        if report.isCancelled { throw CancellationError() }
        if !report.isComplete { throw ExitCode(ExitStatus.failed.rawValue) }
    }

    private func choices(_ bucket: S3Location?, created: Date) -> DistributionPlan.Choices {
        let usual: [DistributionWay] = bucket == nil ? [.ebs] : [.ebs, .s3]
        var choices = DistributionPlan.Choices(
            ways: via.flatMap { DistributionWay(rawValue: $0.rawValue) }.map { [$0] } ?? usual)
        choices.regions = only
        choices.requiresIMDSv2 = !imdsv1
        choices.hasTPM = tpm
        choices.deprecation = deprecateAfter.map { created.addingTimeInterval(TimeInterval($0) * 86400) }
        return choices
    }

    private func bucket(_ settings: KilnSettings) throws -> S3Location? {
        if let s3 { return try S3Location(parsing: s3) }
        return try settings.s3.map { try S3Location(parsing: "s3://\($0.bucket)/\($0.prefix ?? "")") }
    }
}
