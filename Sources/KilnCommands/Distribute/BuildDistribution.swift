import AWSClient
import Builds
import Distributing
import Documents
import Exporting
import Failures
import Foundation
import SystemPackage

/// What `kiln build` distributes: nothing without --distribute, for no build writes to AWS unasked.
struct BuildDistribution: Sendable {
    private let run: DistributionRun?
    /// What to say at the end, where nothing was distributed.
    let hint: String?

    /// - Throws: `DocumentFailure` where there is to be a distribution and the pipeline has none; of several pipelines some may
    ///   go without.
    init(_ command: BuildCommand, _ template: ResolvedTemplate, _ file: KilnSettings.Layer, _ plan: BuildPlan) throws {
        let pipeline = plan.pipeline
        let hasNone = template.distribution(of: pipeline) == nil
        guard command.distribute else {
            run = nil
            let words = command.files.map { "--template \($0)" }.joined(separator: " ")
            let which = command.pipeline == nil ? "" : " --pipeline \(pipeline.logicalID)"
            hint = hasNone ? nil : "not distributed: kiln distribute \(plan.name)/\(plan.version) \(words)\(which)"
            return
        }
        if hasNone, command.all || PipelineRun.isOne {
            run = nil
            hint = "not distributed: the pipeline '\(pipeline.name)' has no distribution configuration"
            return
        }
        let wanted = try WantedDistribution(template, pipeline, file)
        run = DistributionRun(
            wanted: wanted, flags: command.distribution,
            bucket: try DistributionRun.bucket(command.s3, wanted.settings),
            aws: try AWSSettings(
                flags: .init(profile: command.profile, region: command.templateOptions.region),
                environment: ProcessInfo.processInfo.environment), host: command.host)
        hint = nil
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
}
