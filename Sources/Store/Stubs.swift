public import Failures
public import Foundation
public import HostSystem
public import SystemPackage

// The signatures of what is being written.
private let notYet = StoreFailure(.failed, "not there yet")

extension KilnStore {
    /// Opens the database, makes it where there is none (its folder too, for its owner alone), and brings an older one up to
    /// date.
    ///
    /// - Throws: `newerDatabase`, `damaged`, `readOnly`, `noSpace`, `busy`.
    public static func open(
        at file: FilePath, account: Account = Account(), clock: @escaping @Sendable () -> Date = { Date() }
    ) async throws(StoreFailure) -> KilnStore { throw notYet }

    // MARK: Resources

    /// Makes a resource. Components and workflows: the next build of their version, `alreadyExists` where the newest build has
    /// the same content. Images: the next build. Other kinds: `alreadyExists` where the name (and version) is taken.
    public func create(_ resource: NewResource, token: ClientToken? = nil) async throws(StoreFailure) -> StoredResource
    {
        throw notYet
    }

    /// Makes several changes, in their order, together or not at all. Later ones see what earlier ones did.
    public func apply(_ changes: [ResourceChange]) async throws(StoreFailure) -> [StoredResource] { throw notYet }

    /// What `create` would give, without making it: for dry runs.
    public func preview(_ resource: NewResource) async throws(StoreFailure) -> StoredResource { throw notYet }

    /// The resource of exactly that ARN.
    public func resource(_ arn: String) async throws(StoreFailure) -> StoredResource? { throw notYet }

    /// The newest that an ARN with wildcards, or without a build or version, means.
    ///
    /// - Parameter states: where given, others count for nothing.
    public func resolve(
        _ reference: String, states: Set<String>? = nil
    ) async throws(StoreFailure) -> StoredResource? { throw notYet }

    public func update(_ update: ResourceUpdate, token: ClientToken? = nil) async throws(StoreFailure) -> StoredResource
    {
        throw notYet
    }

    /// - Throws: `inUse` where something refers to it: exactly, or by a pattern that would find nothing without it.
    public func delete(_ arn: String) async throws(StoreFailure) { throw notYet }

    /// The ARNs of what refers to it in any way, be it by a pattern that finds it among others.
    public func referrers(to arn: String) async throws(StoreFailure) -> [String] { throw notYet }

    public func list(_ query: ResourceQuery) async throws(StoreFailure) -> Page<StoredResource> { throw notYet }

    // MARK: Tags and policies

    public func tags(of arn: String) async throws(StoreFailure) -> [String: String] { throw notYet }

    /// Adds tags, and gives those that are there their new value.
    public func tag(_ arn: String, with tags: [String: String]) async throws(StoreFailure) { throw notYet }

    /// Removes tags; one that is not there is no error.
    public func untag(_ arn: String, _ keys: [String]) async throws(StoreFailure) { throw notYet }

    /// The resource policy, as it was put; nil where there is none.
    public func policy(of arn: String) async throws(StoreFailure) -> String? { throw notYet }

    /// - Parameter policy: nil removes it.
    public func setPolicy(_ policy: String?, of arn: String) async throws(StoreFailure) { throw notYet }

    // MARK: Builds of images

    /// Makes an image, PENDING, and puts its build into the queue.
    public func enqueue(_ build: NewImageBuild, token: ClientToken? = nil) async throws(StoreFailure) -> ImageBuild {
        throw notYet
    }

    public func build(_ image: String) async throws(StoreFailure) -> ImageBuild? { throw notYet }

    /// Builds by their states, oldest first.
    public func builds(in states: Set<ImageState>) async throws(StoreFailure) -> [ImageBuild] { throw notYet }

    /// Takes the oldest build that waits, where fewer than `limit` are claimed; its state stays PENDING.
    public func claimNext(
        by process: ProcessIdentity, limit: Int, lease: Duration
    ) async throws(StoreFailure) -> ImageBuild? { throw notYet }

    /// Takes one build, whatever the limit: of `kiln build` by hand, or of the process that the server has started for it and
    /// hands the claim to (`from`).
    public func claim(
        _ image: String, by process: ProcessIdentity, from previous: ProcessIdentity? = nil, lease: Duration
    ) async throws(StoreFailure) -> ImageBuild { throw notYet }

    /// - Throws: `claimLost` where it is another's by now.
    public func renew(
        _ image: String, by process: ProcessIdentity, lease: Duration
    ) async throws(StoreFailure) -> ImageBuild { throw notYet }

    /// Claimed builds whose process is gone, or whose lease has ended.
    public func abandonedBuilds() async throws(StoreFailure) -> [ImageBuild] { throw notYet }

    /// Puts an abandoned build back into the queue.
    public func requeue(_ image: String, reason: String) async throws(StoreFailure) -> ImageBuild { throw notYet }

    /// Leads an image into its next state; a terminal one ends the claim.
    ///
    /// - Parameters:
    ///   - process: nil: of whoever has no claim, for images that are not being built; `claimLost` for those that are.
    ///   - document: takes the place of the image's document (with its output resources, say).
    public func transition(
        _ image: String, to state: ImageState, reason: String? = nil, document: Data? = nil,
        by process: ProcessIdentity? = nil
    ) async throws(StoreFailure) -> ImageBuild { throw notYet }

    /// Ends a build: at once while nobody has it, else whoever has it sees `isCancelRequested`.
    public func requestCancel(
        _ image: String, reason: String? = nil, token: ClientToken? = nil
    ) async throws(StoreFailure) -> ImageBuild { throw notYet }

    /// Puts a failed or cancelled build back into the queue, as the same image.
    public func retry(_ image: String, token: ClientToken? = nil) async throws(StoreFailure) -> ImageBuild {
        throw notYet
    }

    // MARK: Workflows and steps

    public func begin(
        _ workflow: NewWorkflowExecution, of image: String
    ) async throws(StoreFailure) -> WorkflowExecution { throw notYet }

    public func workflowExecution(_ id: String) async throws(StoreFailure) -> WorkflowExecution? { throw notYet }

    public func workflowExecutions(
        of image: String, limit: Int, token: String?
    ) async throws(StoreFailure) -> Page<WorkflowExecution> { throw notYet }

    public func transition(
        workflowExecution id: String, to status: WorkflowStatus, message: String? = nil
    ) async throws(StoreFailure) -> WorkflowExecution { throw notYet }

    /// Marks the workflow executions that a retry of the build takes the place of.
    public func markRetried(workflowExecution id: String) async throws(StoreFailure) { throw notYet }

    public func step(_ id: String) async throws(StoreFailure) -> StepExecution? { throw notYet }

    /// In the order of the document.
    public func steps(
        of workflowExecution: String, limit: Int, token: String?
    ) async throws(StoreFailure) -> Page<StepExecution> { throw notYet }

    public func updateStep(_ id: String, _ update: StepUpdate) async throws(StoreFailure) -> StepExecution {
        throw notYet
    }

    /// Notes that a step waits for somebody's answer.
    public func wait(step id: String) async throws(StoreFailure) { throw notYet }

    public func waitingSteps(limit: Int, token: String?) async throws(StoreFailure) -> Page<WaitingStep> {
        throw notYet
    }

    /// - Throws: `notFound` for a step that is not of this image, `invalidState` for one that does not wait (any more).
    public func answer(
        step id: String, of image: String, _ action: StepAction, reason: String?, token: ClientToken? = nil
    ) async throws(StoreFailure) { throw notYet }

    /// What was answered; nil as long as nobody has.
    public func answer(to step: String) async throws(StoreFailure) -> StepAnswer? { throw notYet }

    // MARK: Lifecycles

    public func beginLifecycle(
        of resource: String, request: Data, dueAt: Date? = nil, token: ClientToken? = nil
    ) async throws(StoreFailure) -> LifecycleExecution { throw notYet }

    public func lifecycleExecution(_ id: String) async throws(StoreFailure) -> LifecycleExecution? { throw notYet }

    /// Newest first.
    public func lifecycleExecutions(
        of resource: String, limit: Int, token: String?
    ) async throws(StoreFailure) -> Page<LifecycleExecution> { throw notYet }

    /// Those that are PENDING and due, oldest first.
    public func dueLifecycles() async throws(StoreFailure) -> [LifecycleExecution] { throw notYet }

    public func transition(
        lifecycleExecution id: String, to status: LifecycleStatus, reason: String? = nil, token: ClientToken? = nil
    ) async throws(StoreFailure) -> LifecycleExecution { throw notYet }

    public func add(_ resources: [LifecycleResource], to lifecycleExecution: String) async throws(StoreFailure) {
        throw notYet
    }

    /// - Parameter parent: nil: images; else what that image has made.
    public func lifecycleResources(
        of execution: String, parent: String?, limit: Int, token: String?
    ) async throws(StoreFailure) -> Page<LifecycleResource> { throw notYet }

    // MARK: Schedules of pipelines

    /// Nil where there is no such pipeline.
    public func runs(of pipeline: String) async throws(StoreFailure) -> PipelineRuns? { throw notYet }

    /// - Parameter date: nil where it has no schedule any more.
    public func setNextRun(_ date: Date?, of pipeline: String) async throws(StoreFailure) { throw notYet }

    /// The pipelines whose time has come, earliest first.
    public func dueRuns() async throws(StoreFailure) -> [PipelineRuns] { throw notYet }

    /// Takes a due run for this process and sets the next.
    ///
    /// - Returns: false where another process has taken it.
    public func takeRun(
        _ pipeline: String, due: Date, next: Date?
    ) async throws(StoreFailure) -> Bool { throw notYet }

    /// Counts how a run of a pipeline ended, as AWS counts; disables the pipeline at the limit.
    ///
    /// - Returns: whether that has disabled it.
    public func noteRun(_ image: String, disableAfter limit: Int?) async throws(StoreFailure) -> Bool { throw notYet }

    // MARK: Events

    /// Events behind a number, oldest first.
    ///
    /// - Parameter subject: an ARN or id; with an image's, also those of its workflows and steps.
    public func events(
        after sequence: Int64, subject: String? = nil, limit: Int = 1000
    ) async throws(StoreFailure) -> [StoreEvent] { throw notYet }

    /// The number of the newest event; 0 where there is none.
    public func lastEvent() async throws(StoreFailure) -> Int64 { throw notYet }

    public func append(
        _ kind: StoreEventKind, subject: String, detail: Data
    ) async throws(StoreFailure) -> StoreEvent { throw notYet }

    /// Events from behind a number on, without end, of this process and others; ends with an error or the task.
    public func follow(
        after sequence: Int64, subject: String? = nil, every interval: Duration = .milliseconds(200)
    ) -> AsyncThrowingStream<StoreEvent, any Error> { AsyncThrowingStream { $0.finish(throwing: notYet) } }

    // MARK: Secrets

    public func makeAPIKey(
        name: String, rights: APIKey.Rights
    ) async throws(StoreFailure) -> (key: APIKey, secret: SecretText) { throw notYet }

    /// A key that counts, with its secret; nil for one that is not there or revoked.
    public func apiKey(_ id: String) async throws(StoreFailure) -> (key: APIKey, secret: SecretText)? { throw notYet }

    public func apiKeys() async throws(StoreFailure) -> [APIKey] { throw notYet }

    public func revokeAPIKey(_ id: String) async throws(StoreFailure) { throw notYet }

    /// Keeps a value sealed; one of that name is overwritten.
    ///
    /// - Parameter scope: what it belongs to: an image's ARN, a recipe's.
    public func setSecret(_ value: SecretText, scope: String, name: String) async throws(StoreFailure) { throw notYet }

    public func secrets(scope: String) async throws(StoreFailure) -> [String: SecretText] { throw notYet }

    public func removeSecrets(scope: String) async throws(StoreFailure) { throw notYet }
}
