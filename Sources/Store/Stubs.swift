public import Failures
public import Foundation
public import HostSystem

// The signatures of what is being written.
private let notYet = StoreFailure(.failed, "not there yet")

extension KilnStore {
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
