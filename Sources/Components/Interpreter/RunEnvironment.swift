public import Guests
public import SystemPackage

/// What the documents of one guest share while they run.
public struct RunEnvironment: Sendable {
    public var guest: any Guest
    /// The recipe's; scripts are kept below it in a folder that the cleaning removes.
    public var workingDirectory: String
    /// On the host: a folder a component, a file a step.
    public var logs: FilePath
    /// Values that no log, event or result may show.
    public var secrets: [String]
    /// Values of the Parameter Store by name; `{{ aws:ssm:NAME }}` of any other fails its step.
    public var stored: [String: String]
    /// nil: the S3 and web actions fail and say so.
    public var origins: (any FileOrigins)?
    /// Gives the text of a component by its build version ARN, for ExecuteDocument; nil: there are none.
    public var component: (@Sendable (_ arn: String) async throws -> String)?
    /// The component runner's `console.log`, where one is kept.
    public var console: ConsoleLog?
    /// Called with the place that a run can go on from, before each reboot and after each step.
    public var save: (@Sendable (RunPosition) async -> Void)?
    public var observe: @Sendable (StepEvent) -> Void

    public init(
        guest: any Guest, workingDirectory: String, logs: FilePath, secrets: some Sequence<String>,
        stored: [String: String] = [:],
        origins: (any FileOrigins)? = nil, component: (@Sendable (_ arn: String) async throws -> String)? = nil,
        console: ConsoleLog? = nil, save: (@Sendable (RunPosition) async -> Void)? = nil,
        observe: @escaping @Sendable (StepEvent) -> Void
    ) {
        self.guest = guest
        self.workingDirectory = workingDirectory
        self.logs = logs
        self.secrets = secrets.filter { !$0.isEmpty }
        self.stored = stored
        self.origins = origins
        self.component = component
        self.console = console
        self.save = save
        self.observe = observe
    }

    func redact(_ text: String) -> String {
        secrets.isEmpty ? text : Redactor.redact(text, secrets: secrets)
    }
}
