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

    @Argument(help: "A CloudFormation template with AWS::ImageBuilder resources, or the inputs of AWS CLI commands.")
    var files: [String]

    @Option(help: "The pipeline to run, by logical id or name (default: the only one).")
    var pipeline: String?

    @Option(help: "The folder for the artifacts.")
    var output = "kiln-output"

    @Option(help: "What to export, separated by commas: raw, vmdk (default: the settings', else both).")
    var formats: String?

    @Option(help: "Where to upload the VMDK, s3://BUCKET/PREFIX (default: export: s3 of the settings).")
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
        let (template, file) = try templateOptions.load(files)
        var plan = try BuildPlan.make(from: template, pipeline: pipeline, file: file, base: "/")
        let wanted = try exportFormats(plan.settings)
        let target = try uploadTarget(plan.settings)
        let home = host.home
        let view = BuildView(json: json)
        let acceleration = try await Acceleration.detect(home: home)
        let appliance = host.appliance(acceleration)
        let parents = Parents(home: home, settings: appliance) { view.note($0) }
        try plan.use(try await parents.disk(for: plan.recipe.parentImage, own: plan.settings.parents))
        let hypervisor = try await Hypervisor.open(home: home, uri: host.connect, acceleration: acceleration)
        let (ready, name) = (plan, "\(plan.name)-\(plan.version)")
        let engine = BuildEngine(plan: ready, home: home, hypervisor: hypervisor, appliance: appliance) {
            view.show($0)
        }
        let folder = FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(output))
        let exported = Exported()
        let outcome = try await engine.run(resume: resume) { outcome in
            let start = ContinuousClock.now
            let artifacts = try await ImageExport.run(
                image: outcome.image.disk, name: name, formats: wanted, to: folder
            ) { done, total in view.progress("export", done, total) }
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
        view.close()
        try BuildSummary(outcome, plan, exported, folder, engine.timings).show(json: json)
    }

    private func exportFormats(_ settings: KilnSettings) throws -> [Artifact.Format] {
        let words = formats?.split(separator: ",").map(String.init) ?? settings.exportFormats.map(\.rawValue)
        return try words.map { word in
            guard let format = Artifact.Format(rawValue: word) else {
                let known = Artifact.Format.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("Kiln exports \(known), not '\(word)'")
            }
            return format
        }
    }

    /// What the command line says of the upload, else the settings; the endpoint and region likewise.
    private func uploadTarget(_ settings: KilnSettings) throws -> KilnSettings.S3Target? {
        var target = settings.s3
        if let s3 {
            let parts = s3.dropFirst(5).split(separator: "/", maxSplits: 1).map(String.init)
            guard s3.hasPrefix("s3://"), let bucket = parts.first else {
                throw ValidationError("--s3 takes s3://BUCKET/PREFIX, not '\(s3)'")
            }
            target = KilnSettings.S3Target(bucket: bucket, prefix: parts.count > 1 ? parts[1] : nil)
        }
        guard var target else { return nil }
        target.endpoint = endpointURL ?? target.endpoint
        target.region = templateOptions.region ?? target.region ?? settings.region
        return target
    }

    private func upload(
        _ artifact: Artifact, _ folder: FilePath, _ target: KilnSettings.S3Target, _ name: String,
        _ view: BuildView
    ) async throws -> String {
        let prefix = target.prefix.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 } ?? ""
        let key = prefix.isEmpty ? artifact.file : "\(prefix)/\(artifact.file)"
        let location = S3Location(bucket: target.bucket, key: key)
        let flags = AWSSettings.Flags(profile: profile, region: target.region, endpoint: target.endpoint)
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
            kilnVersion: KilnVersion.current, build: outcome.build.id, created: Date(), name: plan.name,
            version: plan.version, digest: outcome.image.digest,
            virtualSize: outcome.image.virtualSize,
            architecture: outcome.finish.system.architecture,
            bootMode: plan.settings.firmware == .uefi ? "uefi" : "legacy-bios",
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
