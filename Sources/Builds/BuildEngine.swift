public import Components
public import Disks
import Documents
public import Failures
import Foundation
public import Guests
public import HostSystem

/// What a build tells while it runs.
public enum BuildEvent: Sendable {
    case started(id: String)
    case stageStarted(String)
    case stageEnded(String, seconds: Double)
    case step(StepEvent)
    case note(String)
    /// The build has reached a final state; the reason is there where it is not AVAILABLE.
    case ended(ImageState, reason: String?)
}

/// Runs one build: an overlay on the base, the components on a guest, cleaning, freezing, the tests in a fresh guest.
public struct BuildEngine: Sendable {
    let plan: BuildPlan
    let home: KilnHome
    let hypervisor: Hypervisor
    let appliance: ApplianceSettings
    public let timings = Timings()
    var observe: @Sendable (BuildEvent) -> Void

    public init(
        plan: BuildPlan, home: KilnHome, hypervisor: Hypervisor, appliance: ApplianceSettings,
        observe: @escaping @Sendable (BuildEvent) -> Void
    ) {
        self.plan = plan
        self.home = home
        self.hypervisor = hypervisor
        self.appliance = appliance
        self.observe = observe
    }

    public struct Outcome: Sendable {
        public var build: BuildRecord
        public var image: FrozenImage
        public var finish: FinishReport
    }

    /// - Parameter resume: goes on from the last finished component of the newest build with the same plan.
    /// - Parameter distribute: what follows a tested image; nothing of it happens for one that failed.
    /// - Throws: `BuildFailure`. Its build is FAILED or CANCELLED then, and no guest or draft of it is left.
    public func run(
        resume: Bool, distribute: (Outcome) async throws -> Void
    ) async throws(BuildFailure) -> Outcome {
        var folder = BuildFolder(home: home, id: "")
        do {
            try Folders.create(home.builds)
            try BuildFolder.sweep(home: home)
            var build = try open(resume: resume)
            folder = BuildFolder(home: home, id: build.id)
            guard let lock = try FileLock.tryAcquire(folder.lock) else {
                throw BuildFailure(.unavailable, "another kiln process is running the build \(build.id)")
            }
            defer { _ = lock }
            try await ImageLibrary(home: home).claim(plan.base)
            let engine = recording(in: folder)
            engine.observe(.started(id: build.id))
            do {
                let outcome = try await engine.stages(&build, folder, distribute)
                try Folders.remove(folder.overlays)
                engine.observe(.ended(build.state, reason: nil))
                return outcome
            } catch {
                let failure = BuildFailure(error)
                build.state = failure.code == .interrupted ? .cancelled : .failed
                build.reason = failure.message
                build.ended = Date()
                try? folder.save(build)
                // Finished layers serve `--resume`, but not for a build that somebody ended.
                if build.state == .cancelled { try? Folders.remove(folder.overlays) }
                engine.observe(.ended(build.state, reason: failure.message))
                throw failure
            }
        } catch {
            throw BuildFailure(error)
        }
    }

    /// This engine, with its events kept in the build's folder too.
    private func recording(in folder: BuildFolder) -> BuildEngine {
        let (log, shown) = (EventLog(folder.events), observe)
        var engine = self
        engine.observe = { event in
            log.append(event)
            shown(event)
        }
        return engine
    }

    private func open(resume: Bool) throws -> BuildRecord {
        if resume {
            let plan = plan.digest
            guard
                var build = BuildFolder.all(home: home).first(where: {
                    $0.plan == plan && $0.state == .failed && $0.image == nil
                })
            else {
                throw BuildFailure(
                    .invalid, "there is no unfinished build of this template to resume",
                    hint: "kiln build without --resume")
            }
            build.state = .pending
            (build.reason, build.ended) = (nil, nil)
            return build
        }
        let random = String(UInt32.random(in: 0 ... .max), radix: 16)
        let id = "b-\(Int(Date().timeIntervalSince1970))-\(String(repeating: "0", count: 8 - random.count))\(random)"
        let build = BuildRecord(
            id: id, state: .pending, recipe: plan.name, version: plan.version, plan: plan.digest,
            parent: plan.parent, started: Date())
        let folder = BuildFolder(home: home, id: id)
        try Folders.create(folder.overlays)
        try folder.save(build)
        return build
    }

    private func stages(
        _ build: inout BuildRecord, _ folder: BuildFolder, _ distribute: (Outcome) async throws -> Void
    ) async throws -> Outcome {
        try enter(.creating, &build, folder)
        let top = try await stage("Creating") { try await self.overlay(for: build, folder) }
        try enter(.building, &build, folder)
        let start = ContinuousClock.now
        observe(.stageStarted("Building"))
        let last = try await components(&build, folder, top)
        let finish = try await ImageFinisher.finish(
            disk: last, workingDirectory: plan.recipe.workingDirectory,
            skip: Set(plan.settings.skipCleanup.map { "skip_cleanup_\($0.rawValue)" }),
            settings: appliance)
        observe(
            .note(
                "cleaned \(finish.cleaned) paths\(finish.skipped.isEmpty ? "" : ", kept \(finish.skipped.joined(separator: ", "))")"
            ))
        let (image, testDisk) = try await freeze(last, finish, folder)
        end("Building", since: start)
        build.image = image.digest
        (build.system, build.agent) = (finish.system, finish.agent)
        try enter(.testing, &build, folder)
        if let testDisk {
            let (id, early) = (build.id, finish.agent.needsBundle)
            try await stage("Testing") { try await self.test(testDisk, id, folder, agentStartsEarly: early) }
        }
        try enter(.distributing, &build, folder)
        let outcome = Outcome(build: build, image: image, finish: finish)
        let distribution = ContinuousClock.now
        observe(.stageStarted("Distributing"))
        try await distribute(outcome)
        end("Distributing", since: distribution)
        build.ended = Date()
        try enter(.available, &build, folder)
        return Outcome(build: build, image: image, finish: finish)
    }

    private func enter(_ state: ImageState, _ build: inout BuildRecord, _ folder: BuildFolder) throws {
        try Task.checkCancellation()
        build.state = state
        try folder.save(build)
    }

    private func stage<Value>(_ name: String, _ body: () async throws -> Value) async throws -> Value {
        let start = ContinuousClock.now
        observe(.stageStarted(name))
        let value = try await body()
        end(name, since: start)
        return value
    }

    private func end(_ name: String, since start: ContinuousClock.Instant) {
        let seconds = (ContinuousClock.now - start).seconds
        timings.add(stage: name, seconds)
        observe(.stageEnded(name, seconds: seconds))
    }
}
