import AWSClient
import Builds
import Distributing
import Documents
import Exporting
import Failures
import Foundation
import HostSystem
import SystemPackage

/// What `kiln build` distributes: nothing without --distribute, for no build writes to AWS unasked.
struct BuildDistribution: Sendable {
    private let run: DistributionRun?
    /// Why nothing is distributed, where there is more to say than that nobody asked for it.
    private let obstacle: String?
    /// What follows `kiln distribute` and the image; nil where the pipeline has no distribution.
    private let words: String?

    /// - Throws: `DocumentFailure` where there is to be a distribution and the pipeline has none; of several pipelines some may
    ///   go without.
    init(_ command: BuildCommand, _ template: ResolvedTemplate, _ file: KilnSettings.Layer, _ plan: BuildPlan) throws {
        let pipeline = plan.pipeline
        let hasNone = template.distribution(of: pipeline) == nil
        let files = command.files.map { "--template \(ShellWord.shown($0))" }.joined(separator: " ")
        words = hasNone ? nil : files + (command.pipeline == nil ? "" : " --pipeline \(pipeline.logicalID)")
        guard command.distribute else {
            (run, obstacle) = (nil, nil)
            return
        }
        if hasNone, command.all || PipelineRun.isOne {
            run = nil
            obstacle = "not distributed: the pipeline '\(pipeline.name)' has no distribution configuration"
            return
        }
        let wanted = try WantedDistribution(template, pipeline, file)
        run = DistributionRun(
            wanted: wanted, flags: command.distribution,
            bucket: try DistributionRun.bucket(command.s3, wanted.settings),
            aws: try AWSSettings(
                flags: .init(profile: command.profile, region: command.templateOptions.region),
                environment: ProcessInfo.processInfo.environment), host: command.host)
        obstacle = nil
    }

    /// Before any guest starts: the documents alone.
    func checkDocuments(_ plan: BuildPlan) throws {
        guard let run else { return }
        _ = try run.outline(.planned(plan, home: run.host.home))
    }

    /// Before any guest starts: all that can be known.
    ///
    /// - Returns: what was warned of.
    func check(_ plan: BuildPlan, _ view: BuildView) async throws -> [Diagnostic] {
        guard let run else { return [] }
        return try await run.check(.planned(plan, home: run.host.home), view)
    }

    /// Distributes a tested image. What goes wrong is kept for the end of the command: the image is there all the same.
    func run(
        _ outcome: BuildEngine.Outcome, _ exported: Exported, in folder: FilePath, said: [Diagnostic],
        _ view: BuildView, _ note: @escaping @Sendable (String) -> Void
    ) async {
        guard let run else { return }
        do {
            let image = DistributeImage.built(outcome, home: run.host.home)
            exported.distribution = try await run.run(image, said: said, view, note) { options in
                options.artifacts = exported.artifacts
                options.artifactFolder = folder
                options.object = exported.uploads.first.flatMap { upload in
                    exported.artifacts.first { $0.file == upload.file }.map {
                        ImageObject(
                            location: S3Location(bucket: upload.bucket, key: upload.key), format: $0.format,
                            endpoint: upload.endpoint, region: upload.region)
                    }
                }
            }
        } catch {
            note("the image could not be distributed: \((error as? any ReportableError)?.message ?? "\(error)")")
            exported.distributionFailure = error
        }
    }

    /// The last words: how to do what was not done.
    ///
    /// - Throws: what kept the image, or a region, from being distributed.
    func end(_ build: String, _ exported: Exported) throws {
        if let obstacle { Terminal.complain(obstacle) }
        let isDone = run != nil && exported.distribution?.isComplete == true
        if let words, !isDone {
            let what = run == nil ? "not distributed" : "what is missing is done by"
            Terminal.complain("\(what): kiln distribute \(build) \(words)")
        }
        if let failure = exported.distributionFailure { throw failure }
        if let report = exported.distribution { try DistributionSummary(report).demandSuccess() }
    }
}
