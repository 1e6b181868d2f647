import ArgumentParser
import Builds
import Disks
import Distributing
import Documents
import Failures
import Foundation
import HostSystem
import Store

extension BuildCommand {
    /// What notes the build in the store; nil where somebody else does.
    func recording(of plan: BuildPlan, _ loaded: LoadedTemplate, _ view: BuildView) -> BuildRecording? {
        guard ProcessInfo.processInfo.environment[BuildRecording.variable] == nil else { return nil }
        let context = loaded.context
        let recording = BuildRecording(
            home: host.home,
            account: Account(partition: context.partition, region: context.region, account: context.accountID),
            image: RecordedImage(loaded: loaded, pipeline: plan.pipeline.logicalID, resumes: resume),
            say: { view.complain($0) })
        recording.start()
        return recording
    }
}

extension BuildRecording {
    /// Notes a build that has made no image.
    ///
    /// - Throws: `ExitCode` where it is the store that has ended the build, which it has said.
    func end(of error: any Error) async throws {
        let failure = BuildFailure(error)
        let full = await end(failure.code == .interrupted ? .cancelled : .failed(failure.message))
        if let full { throw ExitCode(full.exitStatus.rawValue) }
    }

    /// Notes a build whose image is there; one that was not distributed as it was to be has failed.
    func end(_ outcome: BuildEngine.Outcome, _ plan: BuildPlan, _ exported: Exported) async {
        let result = ExecutionResult(
            event: "finished", build: outcome.build.id, name: plan.name, version: plan.version,
            image: outcome.image.digest, distribution: exported.distribution)
        if let problem = exported.problem {
            _ = await end(.failed(problem, result))
        } else {
            _ = await end(.done(result))
        }
    }
}

extension Exported {
    /// Why the image is not where it was to be distributed to.
    fileprivate var problem: String? {
        if let failure = distributionFailure { return (failure as? any ReportableError)?.message ?? "\(failure)" }
        guard let distribution, !distribution.isComplete else { return nil }
        let said = distribution.regions.lazy.compactMap { region in
            region.problem.map { "\(region.region): \($0.message)" }
        }.first
        return said ?? "the image was not distributed to all regions"
    }
}
