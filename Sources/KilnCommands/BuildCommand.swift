import AWSClient
import ArgumentParser
import Builds
import Disks
import Distributing
import Documents
import Exporting
import Failures
import Foundation
import Guests
import HostSystem
import Origins
import SystemPackage

struct BuildCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "build", abstract: "Builds, tests and exports the image of a template.",
        discussion: """
            Examples:
              kiln build template.yaml
              kiln build template.yaml --pipeline Pipeline --output out --parameter ImageVersion=1.2.0
              kiln build template.yaml --s3 s3://images/debian --endpoint-url http://127.0.0.1:8333
              kiln build template.yaml --all --guest-cpus 8 --guest-memory 16384
              kiln build template.yaml --resume
              kiln build template.yaml --explain
              kiln build template.yaml --from install-nginx
              kiln build template.yaml --no-cache --cold
              kiln build template.yaml --no-export
              kiln build template.yaml --distribute --only eu-central-1
              kiln build template.yaml --keep-on-failure --keep-for 1h
            """)

    @Argument(help: "A CloudFormation template with AWS::ImageBuilder resources, or the inputs of AWS CLI commands.")
    var files: [String]

    @Option(help: "The pipeline to run, by logical id or name (default: the only one).")
    var pipeline: String?

    @Flag(help: "Run all pipelines: at the same time, but for those built on another one's image.")
    var all = false

    @Option(help: "The folder for the artifacts.")
    var output = "kiln-output"

    @Option(
        help:
            "What to export, separated by commas: raw, vmdk, vhd, vhd-fixed, qcow2, qcow2-compressed (default: the settings', else raw and vmdk)."
    )
    var formats: String?

    @Flag(help: "Leave the image in the store only: no artifacts, no upload.")
    var noExport = false

    @Option(help: "Where to upload the VMDK, s3://BUCKET/PREFIX (default: export: s3 of the settings).")
    var s3: String?

    @Flag(
        help:
            "Distribute the image as the pipeline's configuration says, when it is tested; else nothing is sent to AWS."
    )
    var distribute = false

    @Option(help: "An S3 endpoint other than AWS's; not for --distribute.")
    var endpointURL: String?

    @Option(help: "The profile to take credentials from.")
    var profile: String?

    @Flag(help: "Go on from the last finished component of an unfinished build.")
    var resume = false

    @Flag(help: "Events as JSON lines on standard output.")
    var json = false

    @OptionGroup var distribution: DistributionFlags
    @OptionGroup var layerOptions: LayerFlags
    @OptionGroup var keepOptions: KeepOptions
    @OptionGroup var templateOptions: TemplateOptions
    @OptionGroup var host: HostOptions

    func validate() throws {
        if all, pipeline != nil { throw ValidationError("--all runs every pipeline: leave out --pipeline") }
        if !distribute, let flag = distribution.given { throw ValidationError("\(flag) is for --distribute") }
        // The imports of a distribution have a bucket, too.
        guard noExport, formats != nil || s3 != nil && !distribute else { return }
        throw ValidationError("--no-export exports nothing: leave out \(formats != nil ? "--formats" : "--s3")")
    }

    func run() async throws {
        let loaded = try await templateOptions.loadAll(files)
        let (template, file) = (loaded.template, loaded.settings)
        if all { return try await buildAll(template, file) }
        var plan = try BuildPlan.make(from: template, pipeline: pipeline, file: file, base: "/")
        plan.secrets.formUnion(try BuildSecrets.given())
        let wanted = try exportFormats(plan.settings)
        let upload = try uploadTarget(plan.settings)
        try await upload?.check()
        let origins = try HostOrigins(plan.settings, aws: try aws(plan.settings))
        let home = host.home
        let view = BuildView(json: json)
        let distribution = try BuildDistribution(self, template, file, plan)
        let said = try await distribution.check(plan, view)
        let acceleration = try await Acceleration.detect(home: home)
        let appliance = host.appliance(acceleration)
        let parents = Parents(home: home, settings: appliance) { view.note($0) }
        try plan.use(try await parents.disk(for: plan.recipe.parentImage, own: plan.settings.parents))
        let uri = host.connect
        let budget = host.budget
        let hypervisor = Deferred {
            try await Hypervisor.open(home: home, uri: uri, acceleration: acceleration, budget: budget) {
                view.note($0)
            }
        }
        // A libvirt that somebody names is there, whether this build needs a guest or not.
        if uri != nil { _ = try await hypervisor.value() }
        let (ready, name) = (plan, "\(plan.name)-\(plan.version)")
        let recording = recording(of: plan, loaded, view)
        let engine = BuildEngine(
            plan: ready, home: home, hypervisor: hypervisor, appliance: appliance, origins: origins,
            layers: layerOptions.options, keepOnFailure: keepOptions.period
        ) { event in
            view.show(event)
            recording?.hear(event)
        }
        let folder = FilePath(FileManager.default.currentDirectoryPath).pushing(FilePath(output))
        let manifestFile = folder.appending("\(name)-manifest.json")
        let exported = Exported()
        func export(_ outcome: BuildEngine.Outcome) async throws {
            let earlier = outcome.unchangedSince.flatMap { ExportReceipt.load(of: $0, home: home) }
            if let artifacts = earlier?.artifacts(wanted, in: folder) {
                view.note("the artifacts are there: \(artifacts.map(\.file).joined(separator: ", "))")
                exported.artifacts = artifacts
            } else {
                let start = ContinuousClock.now
                exported.artifacts = try await self.export(
                    outcome.image, name, wanted, to: folder, earlier?.hasUploads == true ? nil : upload, view)
                engine.timings.add(.export, (ContinuousClock.now - start).seconds)
            }
            // Before the upload too: if that fails, the files are there and say what they are.
            try self.manifest(ready, outcome, exported, engine.timings).write(to: manifestFile)
            if let upload,
                let vmdk = exported.artifacts.first(where: { $0.format == .vmdk })
                    ?? exported.artifacts.first(where: { $0.format.importName != nil }) ?? exported.artifacts.first
            {
                if let sent = earlier?.upload(of: vmdk), try await upload.has(sent) {
                    view.note("s3://\(sent.bucket)/\(sent.key) is there")
                    exported.uploads = [sent]
                } else {
                    let start = ContinuousClock.now
                    exported.uploads = [try await upload.send(vmdk, from: folder, name: name, view)]
                    engine.timings.add(.upload, (ContinuousClock.now - start).seconds)
                }
            }
            try ExportReceipt(exported, in: folder).save(of: outcome.build.id, home: home)
        }
        let outcome: BuildEngine.Outcome
        do {
            outcome = try await engine.run(resume: resume) { outcome, note in
                if !noExport { try await export(outcome) }
                await distribution.run(outcome, exported, in: folder, said: said, view, note)
            }
        } catch {
            try await recording?.end(of: error)
            throw error
        }
        await recording?.end(outcome, plan, exported)
        if !noExport { try manifest(plan, outcome, exported, engine.timings).write(to: manifestFile) }
        view.close()
        try BuildSummary(outcome, plan, exported, folder, engine.timings).show(json: json)
        try distribution.end(outcome.build.id, exported)
    }

    /// - Parameter upload: the VMDK is sent there while it is written.
    private func export(
        _ image: FrozenImage, _ name: String, _ formats: [Artifact.Format], to folder: FilePath,
        _ upload: ArtifactUpload?, _ view: BuildView
    ) async throws -> [Artifact] {
        let write = { @Sendable (growth: @escaping ImageExport.Growth) async throws -> [Artifact] in
            try await ImageExport.run(
                image: image.disk, name: name, formats: formats, to: folder,
                progress: { view.progress("export", $0, $1) }, growth: growth)
        }
        guard let upload, formats.contains(.vmdk) else { return try await write { _, _, _ in } }
        let file = "\(name).\(Artifact.Format.vmdk.fileExtension)"
        return try await upload.whileWritten(file, in: folder, largest: Int(image.virtualSize)) { grew in
            try await write { format, draft, bytes in if format == .vmdk { grew(draft, bytes) } }
        }
    }

    private func buildAll(_ template: ResolvedTemplate, _ file: KilnSettings.Layer) async throws {
        let order = try PipelineOrder(template)
        // What is wrong in any of them is said before the first begins.
        for entry in order.entries {
            let plan = try BuildPlan.make(from: template, pipeline: entry.pipeline, file: file, base: "/")
            _ = try exportFormats(plan.settings)
            try BuildDistribution(self, template, file, plan).checkDocuments(plan)
        }
        try await AllPipelines(
            order: order, words: Array(CommandLine.arguments.dropFirst()), output: output, json: json
        ).run()
    }

    private func uploadTarget(_ settings: KilnSettings) throws -> ArtifactUpload? {
        guard !noExport else { return nil }
        return try ArtifactUpload(
            s3: s3, endpoint: endpointURL, profile: profile, region: templateOptions.region, build: settings)
    }

    /// For what the components' S3 actions do: the key and the region that this machine's user has.
    private func aws(_ settings: KilnSettings) throws -> AWSSettings {
        let flags = AWSSettings.Flags(
            profile: profile, region: templateOptions.region ?? settings.s3?.region, endpoint: endpointURL)
        return try AWSSettings(flags: flags, environment: ProcessInfo.processInfo.environment)
    }

    private func exportFormats(_ settings: KilnSettings) throws -> [Artifact.Format] {
        let words = formats?.split(separator: ",").map(String.init) ?? settings.exportFormats.map(\.rawValue)
        return try Artifact.Format.list(words)
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
            parent: plan.baseReference, parentDigest: outcome.build.parent?.digest,
            components: plan.steps.map { .init(name: $0.name, version: $0.version, document: $0.digest) },
            artifacts: exported.artifacts, uploads: exported.uploads, timings: timings.summary)
    }
}

/// What the distribution has made, handed from the stage to the summary; one task after the other touches it.
final class Exported: @unchecked Sendable {
    var artifacts: [Artifact] = []
    var uploads: [Manifest.Upload] = []
    var distribution: DistributionReport?
    /// Why there is no report of one that was to be.
    var distributionFailure: (any Error)?

    var location: String? { uploads.first.map { "s3://\($0.bucket)/\($0.key)" } }
}
