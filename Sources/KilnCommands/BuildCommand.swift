import AWSClient
import ArgumentParser
import Builds
import Disks
import Documents
import Exporting
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

struct BuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Builds, tests and exports the image of a template.",
        discussion: """
            Examples:
              kiln build template.yaml
              kiln build template.yaml --pipeline Pipeline --output out --parameter ImageVersion=1.2.0
              kiln build template.yaml --s3 s3://images/debian --endpoint-url http://127.0.0.1:8333
              kiln build template.yaml --resume
            """)

    @Argument(help: "A CloudFormation template with AWS::ImageBuilder resources.")
    var template: String

    @Option(help: "The pipeline to run, by logical id or name (default: the only one).")
    var pipeline: String?

    @Option(help: "The folder for the artifacts.")
    var output = "kiln-output"

    @Option(help: "What to export, separated by commas: raw, vmdk.")
    var formats = "raw,vmdk"

    @Option(help: "Where to upload the VMDK, s3://BUCKET/PREFIX (default: S3Export in the template's metadata).")
    var s3: String?

    @Option(help: "An S3 endpoint other than AWS's.")
    var endpointURL: String?

    @Option(help: "The profile to take credentials from.")
    var profile: String?

    @Flag(help: "Go on from the last finished component of an unfinished build.")
    var resume = false

    @Flag(help: "Events as JSON lines on standard output.")
    var json = false

    @OptionGroup var templateOptions: TemplateOptions
    @OptionGroup var host: HostOptions

    func run() async throws {
        let parsed = try templateOptions.load(template)
        let wanted = try exportFormats()
        let home = host.home
        let view = BuildView(json: json)
        let acceleration = try await Acceleration.detect(home: home)
        let appliance = host.appliance(acceleration)
        let draft = try BuildPlan.make(from: parsed, pipeline: pipeline, base: "/")
        let parents = Parents(home: home, settings: appliance) { view.note($0) }
        let base = try await parents.disk(for: draft.baseReference)
        let plan = try BuildPlan.make(from: parsed, pipeline: pipeline, base: base)
        let target = try uploadTarget(parsed)
        let hypervisor = try await Hypervisor.open(home: home, uri: host.connect, acceleration: acceleration)
        let engine = BuildEngine(plan: plan, home: home, hypervisor: hypervisor, appliance: appliance) { view.show($0) }
        let folder = FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(output))
        let name = "\(plan.recipe.name)-\(plan.recipe.version)"
        let exported = Exported()
        let outcome = try await engine.run(resume: resume) { outcome in
            let start = ContinuousClock.now
            let artifacts = try await ImageExport.run(
                image: outcome.image.disk, size: outcome.image.size, name: name, formats: wanted, to: folder)
            engine.timings.add(.export, (ContinuousClock.now - start).seconds)
            exported.artifacts = artifacts
            if let target, let vmdk = artifacts.first(where: { $0.format == .vmdk }) ?? artifacts.first {
                let start = ContinuousClock.now
                exported.location = try await self.upload(vmdk, folder, target, name, view)
                engine.timings.add(.upload, (ContinuousClock.now - start).seconds)
            }
        }
        let manifest = manifest(plan, outcome, exported, engine.timings)
        try manifest.write(to: folder.appending("\(name)-manifest.json"))
        view.finish(outcome, plan, exported, folder, engine.timings)
    }

    private func exportFormats() throws -> [Artifact.Format] {
        try formats.split(separator: ",").map { word in
            guard let format = Artifact.Format(rawValue: String(word)) else {
                let known = Artifact.Format.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("--formats knows \(known), not '\(word)'")
            }
            return format
        }
    }

    /// What the command line says of the upload, else the distribution configuration.
    private func uploadTarget(_ template: Template) throws -> (bucket: String, prefix: String)? {
        guard let s3 else {
            return template.distributions.values.compactMap(\.s3Export).first.map { ($0.bucket, $0.prefix) }
        }
        guard s3.hasPrefix("s3://") else { throw ValidationError("--s3 takes s3://BUCKET/PREFIX, not '\(s3)'") }
        let parts = s3.dropFirst(5).split(separator: "/", maxSplits: 1).map(String.init)
        guard let bucket = parts.first else { throw ValidationError("--s3 takes s3://BUCKET/PREFIX, not '\(s3)'") }
        return (bucket, parts.count > 1 ? parts[1] : "")
    }

    private func upload(
        _ artifact: Artifact, _ folder: FilePath, _ target: (bucket: String, prefix: String), _ name: String,
        _ view: BuildView
    ) async throws -> String {
        let key = target.prefix.isEmpty ? artifact.file : "\(target.prefix)/\(artifact.file)"
        let location = S3Location(bucket: target.bucket, key: key)
        let flags = AWSSettings.Flags(profile: profile, region: templateOptions.region, endpoint: endpointURL)
        let settings = try AWSSettings(flags: flags, environment: ProcessInfo.processInfo.environment)
        var upload = S3Upload(file: folder.appending(artifact.file), to: location)
        upload.digest = artifact.sha256
        let job = upload
        let object = try await S3Client.with(settings) { s3 in
            try await job.run(s3) { done, total in view.progress("upload of \(artifact.file)", done, total) }
        }
        view.note("uploaded to \(location): \(object.parts) parts, compared by \(object.verification.rawValue)")
        try DiskContainer(description: name, format: artifact.format, bucket: target.bucket, key: key)
            .write(to: folder, name: name)
        return "s3://\(target.bucket)/\(key)"
    }

    private func manifest(
        _ plan: BuildPlan, _ outcome: BuildEngine.Outcome, _ exported: Exported, _ timings: Timings
    ) -> Manifest {
        Manifest(
            kilnVersion: KilnVersion.current, build: outcome.build.id, created: Date(), name: plan.recipe.name,
            version: plan.recipe.version.description, digest: outcome.image.digest,
            virtualSize: outcome.image.virtualSize,
            architecture: outcome.finish.system.architecture,
            bootMode: plan.firmware == "uefi" ? "uefi" : "legacy-bios",
            parent: plan.baseReference,
            components: plan.steps.map { .init(name: $0.name, version: $0.version, document: $0.digest) },
            artifacts: exported.artifacts, timings: timings.summary)
    }
}

/// What the distribution has made, handed from the stage to the summary; one task after the other touches it.
final class Exported: @unchecked Sendable {
    var artifacts: [Artifact] = []
    var location: String?
}
