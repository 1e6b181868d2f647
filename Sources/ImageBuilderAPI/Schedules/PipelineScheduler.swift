public import Foundation
public import Store
public import SystemPackage

/// Starts pipelines when their time has come.
///
/// Several of them, of several processes, may look at one store: each run is started once. A run whose time was missed (the
/// machine slept, nothing was serving) is started once, as soon as somebody looks.
public final class PipelineScheduler: Sendable {
    let handlers: Handlers
    let cursor: EventCursor
    let clock: @Sendable () -> Date
    private let log: @Sendable (String) -> Void

    /// How late a run may start, and how long an ended build goes uncounted.
    public static let interval = Duration.seconds(2)

    /// - Parameters:
    ///   - executions: nil: builds are queued in the store.
    ///   - cursorFile: which events it has seen already; nil: from now on.
    ///   - log: gets a line for each run that is started or left out.
    public init(
        store: KilnStore, executions: (any ImageExecutions)? = nil, cursorFile: FilePath? = nil,
        clock: @escaping @Sendable () -> Date = { Date() }, log: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        handlers = Handlers(
            contract: .current, store: store, executions: executions ?? store, documents: NoDocuments())
        cursor = EventCursor(file: cursorFile)
        self.clock = clock
        self.log = log
    }

    /// Until the task is cancelled. What fails is told and tried again.
    public func run() async {
        var isPrepared = false
        while !Task.isCancelled {
            do {
                if !isPrepared { try await prepare() }
                isPrepared = true
                try await look()
            } catch {
                if !Task.isCancelled { log("schedules: \(error)") }
            }
            try? await Task.sleep(for: Self.interval)
        }
    }

    /// Gives pipelines that others have registered (`kiln apply`) their first run.
    func prepare() async throws {
        try await cursor.begin(handlers.store)
        var query = ResourceQuery(.imagePipeline, grouping: .names, limit: 500)
        while true {
            let page = try await handlers.store.list(query)
            for pipeline in page.items { try await plan(pipeline, keepsPlanned: true) }
            guard let token = page.nextToken else { return }
            query.token = token
        }
    }

    /// Looks once: counts what has ended, plans what has changed, starts what is due.
    func look() async throws {
        try await cursor.forEach(handlers.store) { event in try await self.take(event) }
        for run in try await handlers.store.dueRuns() {
            guard let due = run.nextRun else { continue }
            try await start(run, due: due)
        }
    }

    private func take(_ event: StoreEvent) async throws {
        let store = handlers.store
        switch event.kind {
        case .imageState:
            guard let build = try await store.build(event.subject), build.state.isTerminal,
                let name = build.pipeline, let pipeline = try await store.resource(name)
            else { return }
            let limit = try? PipelineSchedule(of: pipeline).failureLimit
            if try await store.noteRun(event.subject, disableAfter: limit) {
                log("\(name) is disabled: \(limit ?? 0) scheduled builds failed in a row")
            }
        case .resourceCreated, .resourceUpdated:
            guard (try? ResourceARN(event.subject))?.kind == .imagePipeline,
                let pipeline = try await store.resource(event.subject)
            else { return }
            try await plan(pipeline, keepsPlanned: false)
        default: return
        }
    }

    /// - Parameter keepsPlanned: leaves what is planned as it is. A run that is due stays due in any case.
    private func plan(_ pipeline: StoredResource, keepsPlanned: Bool) async throws {
        let now = clock()
        let planned = try await handlers.store.runs(of: pipeline.arn)?.nextRun
        if let planned, keepsPlanned || planned <= now { return }
        // A schedule that cannot be read has been there before schedules were checked: it never runs.
        let next = try? pipeline.nextRun(after: now)
        if next != planned { try await handlers.store.setNextRun(next, of: pipeline.arn) }
    }

    private func start(_ run: PipelineRuns, due: Date) async throws {
        let store = handlers.store
        guard let pipeline = try await store.resource(run.pipeline) else { return }
        let now = clock()
        let next = try? pipeline.nextRun(after: now)
        do {
            if let reason = try await reasonToWait(run, pipeline) {
                log("\(run.pipeline) is not built: \(reason)")
            } else {
                let image = try await enqueue(pipeline, due: due, now)
                log("\(run.pipeline) is built by its schedule: \(image)")
            }
        } catch let error as APIError where error.status < 500 {
            // Another try would be refused as well; the next run has its own.
            log("\(run.pipeline) cannot be built: \(error.message)")
        }
        // Only now: whoever is ended in between leaves the run to the next one, whose request has the same token.
        _ = try await store.takeRun(run.pipeline, due: due, next: next)
    }

    private func enqueue(_ pipeline: StoredResource, due: Date, _ now: Date) async throws -> String {
        let name = "StartImagePipelineExecution"
        guard let operation = handlers.contract.operations[name] else { return "" }
        let token = "schedule \(pipeline.arn) \(Int64(due.timeIntervalSince1970 * 1000))"
        let call = Call(
            operation: operation,
            input: ["imagePipelineArn": .string(pipeline.arn), "clientToken": .string(token)], now: now)
        let answer = try await handlers.startImagePipelineExecution(call, isScheduled: true)
        return answer["imageBuildVersionArn"]?.text ?? ""
    }

    /// Why a run that is due is left out; nil: it is not.
    private func reasonToWait(_ run: PipelineRuns, _ pipeline: StoredResource) async throws -> String? {
        guard let image = run.lastImage, let state = run.lastState else { return nil }
        // Else a schedule that is quicker than its builds fills the queue.
        if state.isUnderway { return "its last build, \(image), is \(state.rawValue)" }
        guard try PipelineSchedule(of: pipeline).needsUpdates, ![.failed, .cancelled].contains(state),
            let last = try await handlers.store.build(image),
            let used = (try? JSONParser.parse(Array(last.request)))?["dependencies"]
        else { return nil }
        let parts = try await handlers.parts(of: .object(try handlers.view(pipeline).document()))
        let newest = JSONValue.object(try await handlers.dependencies(of: parts.recipe))
        return used == newest ? "nothing in its recipe is newer than in \(image)" : nil
    }
}
