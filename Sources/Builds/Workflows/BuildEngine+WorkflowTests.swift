import Components
import Disks
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

extension BuildEngine {
    /// Where a test workflow tests: a fresh guest on the image.
    private struct Stand: Sendable {
        var guest: RunningGuest
        var disk: FilePath
    }

    /// Testing as a workflow of the user's says.
    func test(
        by flow: PlannedWorkflow, _ image: FrozenImage, _ build: BuildRecord, _ folder: BuildFolder,
        _ layers: LayerSession, _ told: inout WorkflowOutputs
    ) async throws {
        guard let finish = build.finish else { return }
        let start = ContinuousClock.now
        var stand: Stand?
        let observe = observe
        var run = WorkflowRun(flow, plan, earlier: told) { observe(.workflow($0)) }
        do {
            told[flow.name] = try await run.run { step, inputs in
                switch step.action {
                case .launchInstance:
                    let (id, early) = (build.id, finish.agent.needsBundle)
                    let started = try await within(.seconds(step.timeoutSeconds), "the step \(step.name)") {
                        let disk = try await testDisk(on: image, finish, folder)
                        let guest = try await testGuest(disk, id, folder, layers, agentStartsEarly: early)
                        return Stand(guest: guest, disk: disk)
                    }
                    stand = started
                    return WorkflowStepEnd(.completed, outputs: ["instanceId": .string(started.guest.name)])
                case .executeComponents, .runCommand:
                    guard let guest = stand?.guest else {
                        throw BuildFailure(.failed, "the step \(step.name) has no instance")
                    }
                    guard step.action == .executeComponents else {
                        let logs = folder.logs.appending("test")
                        return try await command(step, inputs, of: flow, on: guest, logs, layers)
                    }
                    try await within(.seconds(step.timeoutSeconds), "the step \(step.name)") {
                        try await runTests(on: guest, folder, layers)
                    }
                    return WorkflowStepEnd(.completed, outputs: Self.success())
                case .terminateInstance:
                    try await end(&stand)
                    return WorkflowStepEnd(.completed)
                case .waitForSSMAgent: return .agentOnline
                case .waitForAction: return try await wait(for: step, of: flow, folder)
                default: throw BuildFailure(.failed, "\(step.action.rawValue) is no action of a test")
                }
            }
            try await end(&stand)
        } catch {
            var failure = error
            if let stand {
                failure = blamed(error, stand.guest)
                await leave(stand.guest, disk: stand.disk, on: [image.disk])
            }
            guard flow.continues, !Task.isCancelled else { throw failure }
            goOn(after: flow, failure)
        }
        timings.add(stage: "Testing", (ContinuousClock.now - start).seconds)
    }

    private func end(_ stand: inout Stand?) async throws {
        guard let ended = stand else { return }
        stand = nil
        await ended.guest.destroy()
        try Folders.remove(ended.disk)
    }

    /// Distributing as a workflow of the user's says.
    ///
    /// - Parameter distribute: what its step DistributeImage does.
    func distribute(
        by flow: PlannedWorkflow, _ folder: BuildFolder, _ distribute: () async throws -> Void
    ) async throws {
        let start = ContinuousClock.now
        let observe = observe
        var run = WorkflowRun(flow, plan, earlier: [:]) { observe(.workflow($0)) }
        do {
            _ = try await run.run { step, _ in
                switch step.action {
                case .distributeImage:
                    try await distribute()
                    return WorkflowStepEnd(.completed, outputs: ["distributedImages": .list([])])
                case .waitForAction: return try await wait(for: step, of: flow, folder)
                default: throw BuildFailure(.failed, "\(step.action.rawValue) is no action of a distribution here")
                }
            }
        } catch {
            guard flow.continues, !Task.isCancelled else { throw error }
            goOn(after: flow, error)
        }
        timings.add(stage: "Distributing", (ContinuousClock.now - start).seconds)
    }
}
