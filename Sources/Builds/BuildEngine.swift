public import Components
public import Disks
public import Documents
public import Failures
import Foundation
public import Guests
public import HostSystem
import SystemPackage

/// What a build tells while it runs.
public enum BuildEvent: Sendable {
    case started(id: String)
    case stageStarted(String)
    case stageEnded(String, seconds: Double)
    case step(StepEvent)
    case note(String)
    /// The build has come to an action of Amazon's workflow that no stage or step begins with.
    case action(WorkflowAction)
    case workflow(WorkflowEvent)
    /// The build has reached a final state; the reason is there where it is not AVAILABLE.
    case ended(ImageState, reason: String?)
}

/// Runs one build: an overlay on the base, the components on a guest, cleaning, freezing, the tests in a fresh guest.
public struct BuildEngine: Sendable {
    let plan: BuildPlan
    let home: KilnHome
    let hypervisor: Deferred<Hypervisor>
    let layerOptions: LayerOptions
    let appliance: ApplianceSettings
    /// Where the components' S3 and web actions fetch from and store to; nil: they fail and say so.
    let origins: (any FileOrigins)?
    /// How long a guest stays that a step has failed in; nil: it ends with the build.
    let keepOnFailure: Duration?
    public let timings = Timings()
    var observe: @Sendable (BuildEvent) -> Void

    public init(
        plan: BuildPlan, home: KilnHome, hypervisor: Deferred<Hypervisor>, appliance: ApplianceSettings,
        origins: (any FileOrigins)? = nil, layers: LayerOptions = LayerOptions(), keepOnFailure: Duration? = nil,
        observe: @escaping @Sendable (BuildEvent) -> Void
    ) {
        self.plan = plan
        self.home = home
        self.hypervisor = hypervisor
        layerOptions = layers
        self.appliance = appliance
        self.origins = origins
        self.keepOnFailure = keepOnFailure
        self.observe = observe
    }

    public struct Outcome: Sendable {
        public var build: BuildRecord
        public var image: FrozenImage
        public var finish: FinishReport
        /// The build that made the image, where nothing has changed since.
        public var unchangedSince: String?
    }

    /// Runs the build, from the components that have to run: the layers of the others are kept from earlier builds.
    ///
    /// - Parameter resume: goes on from the last finished component of the newest build with the same plan.
    /// - Parameter distribute: what follows a tested image, with a way to tell of it in the build's log; nothing of it happens for one that failed. Where it throws, the build
    ///   has failed; where it returns, the image is AVAILABLE, even if the task was cancelled.
    /// - Throws: `BuildFailure`. Its build is FAILED or CANCELLED then, and no guest or draft of it is left,
    ///   but for a guest that is kept.
    public func run(
        resume: Bool,
        distribute: (_ outcome: Outcome, _ note: @escaping @Sendable (String) -> Void) async throws -> Void
    ) async throws(BuildFailure) -> Outcome {
        do {
            try Folders.create(home.builds)
            for note in try BuildFolder.sweep(home: home) { observe(.note(note)) }
            let layers = try await LayerSession(plan: plan, home: home, options: layerOptions, origins: origins)
            for note in try await layers.store.sweep() { observe(.note(note)) }
            try await ImageParts(home: home).sweep()
            let open = try await open(resume: resume, layers)
            let folder = open.folder
            var build = open.record
            defer { withExtendedLifetime(open.lock) {} }
            let engine = recording(in: folder)
            engine.observe(.started(id: build.id))
            do {
                try await ImageLibrary(home: home).claim(plan.base)
                let outcome = try await engine.stages(&build, folder, layers, distribute)
                try? folder.tidy(build, keepLayers: false, home: home)
                await layers.end()
                engine.observe(.ended(build.state, reason: nil))
                return outcome
            } catch {
                let failure = BuildFailure(error, build: build.id)
                build.state = failure.code == .interrupted ? .cancelled : .failed
                build.reason = failure.message
                build.ended = Date()
                try? folder.save(build)
                // Finished layers serve `--resume`, but not for a build that somebody ended.
                try? folder.tidy(build, keepLayers: build.state == .failed, home: home)
                await layers.end()
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

    private func stages(
        _ build: inout BuildRecord, _ folder: BuildFolder, _ layers: LayerSession,
        _ distribute: (_ outcome: Outcome, _ note: @escaping @Sendable (String) -> Void) async throws -> Void
    ) async throws -> Outcome {
        var earlier: String?
        let image: FrozenImage
        if build.isTested == true, let digest = build.image, let kept = try await FrozenImage.find(digest, home: home) {
            observe(.note("the image of this build has passed its tests already"))
            image = kept
        } else if build.layers.isEmpty, plan.workflows.own.isEmpty,
            let same = try await takeUnchanged(&build, layers, folder)
        {
            (image, earlier) = (same.image, same.build)
        } else {
            image = try await newImage(&build, folder, layers)
        }
        try enter(.distributing, &build, folder)
        guard let finish = build.finish else {
            throw BuildFailure(.failed, "the build \(build.id) does not tell how its image was cleaned")
        }
        let outcome = Outcome(build: build, image: image, finish: finish, unchangedSince: earlier)
        let observe = observe
        if let flow = plan.workflows.distribution {
            try await self.distribute(by: flow, folder) { try await distribute(outcome) { observe(.note($0)) } }
        } else {
            let distribution = ContinuousClock.now
            observe(.stageStarted("Distributing"))
            try await distribute(outcome) { observe(.note($0)) }
            end("Distributing", since: distribution)
        }
        // ^C that has come meanwhile has ended what is distributed, or is too late: a tested image is not lost for it.
        (build.state, build.ended) = (.available, Date())
        try folder.save(build)
        return Outcome(build: build, image: image, finish: finish, unchangedSince: earlier)
    }

    /// An image that has passed its tests.
    private func newImage(
        _ build: inout BuildRecord, _ folder: BuildFolder, _ layers: LayerSession
    ) async throws -> FrozenImage {
        (build.image, build.isTested, build.finish) = (nil, nil, nil)
        let (image, testDisk): (FrozenImage, FilePath?)
        var told = WorkflowOutputs()
        if let flow = plan.workflows.build {
            (image, testDisk) = try await makeImage(by: flow, &build, folder, layers, &told)
        } else {
            if build.layers.isEmpty { build.layers = try await keptLayers(layers) }
            (image, testDisk) = try await makeImage(&build, folder, layers)
        }
        try enter(.testing, &build, folder)
        async let durable: Void = image.makeDurable()
        build.testInputs = []
        if let testDisk {
            let (id, early) = (build.id, build.finish?.agent.needsBundle ?? false)
            try await stage("Testing") {
                try await self.test(testDisk, on: image.disk, id, folder, layers, agentStartsEarly: early)
            }
            let taken = layers.traffic.take()
            build.testInputs = taken.obstacle == nil ? taken.inputs : nil
        } else if plan.pipeline.testsEnabled {
            for flow in plan.workflows.tests ?? [] { try await test(by: flow, image, build, folder, layers, &told) }
        }
        try await durable
        try await layers.store.know(image.digest, of: image.disk)
        build.isTested = true
        return image
    }

    /// Creating and Building: from an overlay on the parent to an image that does not change any more.
    ///
    /// - Returns: the image, and the overlay on it for its tests, where there are to be any.
    private func makeImage(
        _ build: inout BuildRecord, _ folder: BuildFolder, _ layers: LayerSession
    ) async throws -> (image: FrozenImage, testDisk: FilePath?) {
        try enter(.creating, &build, folder)
        build.base = try FileStamp(of: plan.base)
        let work = try await stage("Creating") { try await self.workDisk(for: build, folder, layers) }
        try enter(.building, &build, folder)
        let start = ContinuousClock.now
        observe(.stageStarted("Building"))
        let (last, warm) = try await components(&build, folder, work, layers)
        try await compareParent(&build, layers)
        if plan.pipeline.enhancedImageMetadataEnabled { observe(.action(.collectImageMetadata)) }
        observe(.action(.sanitizeInstance))
        build.finish = try await finish(last, warm: warm)
        observe(.action(.createImage))
        let made = try await freeze(last, &build, folder, layers)
        end("Building", since: start)
        return made
    }

    /// What is built on another parent than was meant is nobody's layer.
    func compareParent(_ build: inout BuildRecord, _ layers: LayerSession) async throws {
        guard let parent = plan.parent, case let digest = try await layers.parentDigest.value(), digest != parent.digest
        else { return }
        observe(.note("\(parent.disk) is not what \(parent.name) was; nothing of this build is kept for others"))
        build.parent?.digest = digest
    }

    /// The offline end of a disk that no guest uses any more.
    ///
    /// - Parameter cleans: false: only what no image may have goes, such as its machine-id and Kiln's own files.
    func finish(_ disk: FilePath, cleans: Bool = true, warm: WarmAppliance? = nil) async throws -> FinishReport {
        let finish = try await ImageFinisher.finish(
            disk: disk, workingDirectory: plan.recipe.workingDirectory,
            skip: cleans
                ? Set(plan.settings.skipCleanup.map { "skip_cleanup_\($0.rawValue)" })
                : Set(CleaningRule.Section.allCases.map(\.rawValue)),
            listsPackages: plan.pipeline.enhancedImageMetadataEnabled,
            settings: appliance, knownAs: knownSystem, warm: warm)
        let kept = finish.skipped.isEmpty ? "" : ", kept \(finish.skipped.joined(separator: ", "))"
        observe(.note("cleaned \(finish.cleaned) paths\(kept)"))
        return finish
    }

    /// Makes the image of a finished disk, and the build the one that has it.
    func freeze(
        _ last: FilePath, _ build: inout BuildRecord, _ folder: BuildFolder, _ layers: LayerSession
    ) async throws -> (image: FrozenImage, testDisk: FilePath?) {
        guard let finish = build.finish else {
            throw BuildFailure(.failed, "the build \(build.id) does not tell how its image was cleaned")
        }
        let record = build
        let base = build.parent.map { ImageBase(disk: plan.base.string, digest: $0.digest) }
        let made = try await withRoom(layers) {
            try await freeze(last, on: base, of: record, finish, folder, layers) { (digest) throws(DiskFailure) in
                var named = record
                named.image = digest
                do { try folder.save(named) } catch {
                    throw DiskFailure(.commandFailed, BuildFailure(error).message, cause: error)
                }
            }
        }
        build.image = made.image.digest
        if let packages = finish.packages { try PackageList.write(packages, beside: made.image.disk) }
        return made
    }

    /// What the newest build on the same parent has found of its system, or the parent's import.
    var knownSystem: InspectedSystem? {
        let earlier = BuildFolder.all(home: home).first {
            $0.parent?.digest == plan.parent?.digest && $0.system?.evidence != nil
        }
        return earlier?.system ?? plan.parent?.system
    }

    func enter(_ state: ImageState, _ build: inout BuildRecord, _ folder: BuildFolder) throws {
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
