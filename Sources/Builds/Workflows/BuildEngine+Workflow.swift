import Components
import Disks
import Documents
import Failures
import Foundation
import Guests
import HostSystem
import SystemPackage

/// What workflows have told, by the name of the workflow.
typealias WorkflowOutputs = [String: [String: WorkflowValue]]

extension BuildEngine {
    /// What a build workflow of the user's has come to.
    private struct Workshop {
        /// Where components and commands run; a guest is started for the first that has something to do.
        var place: Place?
        /// Whether the image is to be cleaned.
        var cleans = false
        /// The disk that the guest has left, and what was found of it.
        var disk: FilePath?
        var made: (image: FrozenImage, testDisk: FilePath?)?
    }

    /// Creating and Building as a workflow of the user's says.
    ///
    /// Components are taken from earlier builds, and kept for later ones, as long as no command has run before them.
    func makeImage(
        by flow: PlannedWorkflow, _ build: inout BuildRecord, _ folder: BuildFolder, _ layers: LayerSession,
        _ told: inout WorkflowOutputs
    ) async throws -> (image: FrozenImage, testDisk: FilePath?) {
        try enter(.creating, &build, folder)
        build.base = try FileStamp(of: plan.base)
        build.layers = []
        try enter(.building, &build, folder)
        let start = ContinuousClock.now
        var shop = Workshop()
        let observe = observe
        var run = WorkflowRun(flow, plan, earlier: told) { observe(.workflow($0)) }
        do {
            told[flow.name] = try await run.run { step, inputs in
                try await perform(step, inputs, of: flow, &shop, &build, folder, layers)
            }
        } catch {
            let rollsBack = run.rollsBack(.launchInstance)
            let failure = await giveUp(rollsBack, error, shop, &build, folder, layers)
            guard flow.continues, shop.made != nil, !Task.isCancelled else { throw failure }
            goOn(after: flow, failure)
        }
        if let place = shop.place { await place.guest.destroy() }
        guard let made = shop.made else {
            throw BuildFailure(
                .failed,
                "the workflow \(flow.name) has ended without an image: its step of action CreateImage did not run")
        }
        timings.add(stage: "Building", (ContinuousClock.now - start).seconds)
        return made
    }

    /// Takes back what a failed workflow has made.
    ///
    /// - Parameter launch: the step that has launched the instance, where it is to be rolled back.
    private func giveUp(
        _ launch: String?, _ error: any Error, _ shop: Workshop, _ build: inout BuildRecord,
        _ folder: BuildFolder, _ layers: LayerSession
    ) async -> any Error {
        var failure = error
        if let place = shop.place {
            failure = await abandon(place, error, build, folder, layers)
            if let launch, !Task.isCancelled {
                observe(.workflow(.stepRolledBack(launch, isKept: keepOnFailure != nil)))
            }
        }
        // Which commands have run in what is left of it, nobody knows later: it begins anew.
        if shop.made == nil { build.layers = [] }
        return failure
    }

    private func perform(
        _ step: WorkflowStep, _ inputs: WorkflowValue, of flow: PlannedWorkflow, _ shop: inout Workshop,
        _ build: inout BuildRecord, _ folder: BuildFolder, _ layers: LayerSession
    ) async throws -> WorkflowStepEnd {
        switch step.action {
        case .launchInstance:
            // Where all components are kept from earlier builds, no guest is needed.
            return WorkflowStepEnd(.completed, outputs: ["instanceId": .string("kiln-\(build.id)-build")])
        case .executeComponents:
            return try await components(step, &shop, &build, folder, layers)
        case .runCommand:
            let place = try await launch(&shop, build, folder, layers)
            layers.stopKeeping()
            let end = try await command(step, inputs, of: flow, on: place.guest, folder.logs.appending("build"), layers)
            _ = layers.traffic.take()
            return end
        case .collectImageMetadata:
            // What is known of the parent: the image itself is looked at when it is made.
            let words = knownSystem.map { "\($0.distribution) \($0.productName)" } ?? ""
            return WorkflowStepEnd(
                .completed, outputs: ["osVersion": .string(words), "associationId": .string("")])
        case .sanitizeInstance:
            shop.cleans = true
            // Files can only be removed for good when no guest has them open.
            guard isLast(step, of: flow) else {
                return WorkflowStepEnd(
                    .completed, message: "The image is cleaned when it is made.", outputs: Self.success())
            }
            try await finish(&shop, &build, folder, layers)
            return WorkflowStepEnd(.completed, outputs: Self.success())
        case .createImage:
            if shop.disk == nil { try await finish(&shop, &build, folder, layers) }
            guard let disk = shop.disk else { throw BuildFailure(.failed, "there is no disk to make an image of") }
            let made = try await freeze(disk, &build, folder, layers)
            shop.made = made
            return WorkflowStepEnd(
                .completed, message: shop.cleans ? nil : "The workflow has not cleaned the image.",
                outputs: ["imageId": .string("sha256:\(made.image.digest)")])
        case .terminateInstance:
            if let place = shop.place {
                shop.place = nil
                await place.guest.destroy()
            }
            return WorkflowStepEnd(.completed)
        case .waitForSSMAgent: return .agentOnline
        case .waitForAction: return try await wait(for: step, of: flow, folder)
        default: throw BuildFailure(.failed, "\(step.action.rawValue) is no action of a build")
        }
    }

    /// Whether nothing of the workflow needs the guest any more before the image is made.
    private func isLast(_ step: WorkflowStep, of flow: PlannedWorkflow) -> Bool {
        let behind = flow.document.steps.drop { $0.name != step.name }.dropFirst()
        return behind.first?.action == .createImage
    }

    private func launch(
        _ shop: inout Workshop, _ build: BuildRecord, _ folder: BuildFolder, _ layers: LayerSession
    ) async throws -> Place {
        if let place = shop.place { return place }
        try Folders.create(folder.logs)
        let start = try await guestStart(build, folder, layers)
        let place = try await place(build, start, try await start.prepare(), layers)
        shop.place = place
        return place
    }

    private func components(
        _ step: WorkflowStep, _ shop: inout Workshop, _ build: inout BuildRecord, _ folder: BuildFolder,
        _ layers: LayerSession
    ) async throws -> WorkflowStepEnd {
        if shop.place == nil { build.layers = try await keptLayers(layers) }
        guard build.layers.count < plan.steps.count else {
            return WorkflowStepEnd(
                .completed, message: "All components are kept from earlier builds.", outputs: Self.success())
        }
        let end = ContinuousClock.now + .seconds(step.timeoutSeconds)
        var place = try await launch(&shop, build, folder, layers)
        for index in plan.steps.indices.dropFirst(build.layers.count) {
            try Task.checkCancellation()
            do {
                try await run(index, &place, &build, folder, layers, limit: max(.zero, end - .now))
                if index + 2 == plan.steps.count { try await keepForEdits(&place, build, folder, layers) }
                shop.place = place
            } catch {
                shop.place = place
                // What follows it, where the workflow goes on, lies on half a component.
                layers.stopKeeping()
                throw error
            }
        }
        return WorkflowStepEnd(.completed, outputs: Self.success())
    }

    /// Ends the guest, and the disk that it leaves.
    private func finish(
        _ shop: inout Workshop, _ build: inout BuildRecord, _ folder: BuildFolder, _ layers: LayerSession
    ) async throws {
        let disk: FilePath
        if let place = shop.place {
            await layers.finishBoot()
            let stop = ContinuousClock.now
            try await place.guest.shutdown()
            timings.add(.boots, (ContinuousClock.now - stop).seconds)
            shop.place = nil
            disk = place.top
        } else {
            disk = try await makeDisk("\(build.layers.count)", build, folder)
        }
        try await compareParent(&build, layers)
        if !shop.cleans { observe(.note("the workflow does not clean the image: it has no SanitizeInstance")) }
        build.finish = try await finish(disk, cleans: shop.cleans)
        shop.disk = disk
    }

    /// What the service says of a command that went well.
    static func success(_ output: WorkflowValue = .string("")) -> [String: WorkflowValue] {
        [
            "runCommandId": .string(UUID().uuidString.lowercased()), "status": .string("Success"), "output": output,
        ]
    }
}
