import Distributing
import Failures
import Foundation
import HostSystem
import Store
import Synchronization
import SystemPackage

extension ImageExecution {
    /// Distributes an image that is there: runs `kiln distribute`, or nothing where this machine is not to send anything.
    func distribute(
        _ resource: StoredResource, _ distribution: ImageDistribution, _ folder: ExecutionFolder
    ) async throws {
        let watch = Task { await self.watch() }
        defer { watch.cancel() }
        var recorder = ExecutionRecorder(store: store, image: image)
        try await recorder.begin()
        try await recorder.apply(.state(.distributing))
        try await recorder.apply(.begin(.distribution))
        guard words.contains(Self.sends) else {
            let why = "Nothing was sent: kiln serve runs without --distribute."
            try await recorder.apply(.step(ManagedWorkflow.distribute, .skipped, message: why))
            try await recorder.apply(.end(.distribution))
            return try await finish(resource, distribution.result(of: resource, nil), reason: why)
        }
        try await recorder.apply(.step(ManagedWorkflow.distribute, .running))
        let (status, report) = try await runDistribution(distribution, folder)
        let result = distribution.result(of: resource, report)
        let problems = (report?.regions ?? []).compactMap { region in
            region.problem.map { "\(region.region): \($0.message)" }
        }
        guard status == 0, report?.isComplete == true else {
            // What is in some of the regions is told all the same.
            if report != nil, let document = result.document(resource, account: store.account) {
                _ = try await store.update(ResourceUpdate("\(image)", document: document))
            }
            let said = problems.isEmpty ? Self.reason(state.withLock { $0.said }) : problems.joined(separator: "; ")
            throw Refusal(message: said ?? "kiln distribute ended with status \(status)")
        }
        try await recorder.apply(.step(ManagedWorkflow.distribute, .completed))
        try await recorder.apply(.end(.distribution))
        try await finish(resource, result, reason: nil)
    }

    private struct Refusal: ReportableError {
        let message: String
        var hint: String? { nil }
        var exitStatus: ExitStatus { .failed }
    }

    /// The option that lets images go to AWS.
    static let sends = "--distribute"

    private func runDistribution(
        _ distribution: ImageDistribution, _ folder: ExecutionFolder
    ) async throws -> (status: Int32, report: DistributionReport?) {
        let file = try distribution.write(to: folder.documents)
        let (lines, child) = startKiln(
            [
                "distribute", distribution.build, "--template", file.string, "--json", "--region", image.region,
                "--account", image.account,
            ] + words.filter { $0 != Self.sends })
        var printed = Data()
        for await line in lines { printed += line + [UInt8(ascii: "\n")] }
        let status = try await child.value
        return (status, try? JSONRecord.decoder.decode(DistributionReport.self, from: printed))
    }

    private func finish(_ resource: StoredResource, _ result: ExecutionResult, reason: String?) async throws {
        let document = result.document(resource, account: store.account)
        _ = try await store.transition("\(image)", to: .available, reason: reason, document: document, by: .current)
        Terminal.complain("\(image): AVAILABLE\(reason.map { ": \($0)" } ?? "")")
    }
}
