public import Guests
public import SystemPackage

/// What an action works with.
public struct ActionContext: Sendable {
    public var guest: any Guest
    /// In the guest: where programs start, and what relative paths are relative to.
    public var workingDirectory: String
    /// In the guest: where scripts are put. The cleaning removes it.
    public var scriptFolder: String
    /// On the host: files on their way. Whoever owns the run removes it.
    public var scratch: FilePath
    /// The step's, safe as a file name: "build-Install".
    public var name: String
    /// nil: the step may take as long as it takes.
    public var deadline: ContinuousClock.Instant?
    public var log: any ActionLog
    /// nil: the actions that need it fail and say so.
    public var origins: (any FileOrigins)?
    /// Values that no log and no message may show.
    public var secrets: [String]

    public init(
        guest: any Guest, workingDirectory: String, scriptFolder: String, scratch: FilePath, name: String,
        deadline: ContinuousClock.Instant?, log: any ActionLog, origins: (any FileOrigins)? = nil,
        secrets: [String] = []
    ) {
        self.guest = guest
        self.workingDirectory = workingDirectory
        self.scriptFolder = scriptFolder
        self.scratch = scratch
        self.name = name
        self.deadline = deadline
        self.log = log
        self.origins = origins
        self.secrets = secrets
    }

    /// Writes a line of Kiln's own to the step's log.
    func note(_ line: String) async {
        await log.note(redact(line))
    }

    func redact(_ text: String) -> String {
        secrets.isEmpty ? text : Redactor.redact(text, secrets: secrets)
    }

    /// A path of the guest as the document gives it, made absolute.
    func path(_ text: String) -> FilePath {
        FilePath(workingDirectory).pushing(FilePath(text))
    }

    @discardableResult
    func perform(_ operation: FileOperation) async throws(ActionFailure) -> FileAnswer {
        try await asking { guest throws(GuestFailure) in try await guest.perform(operation, limit: nil) }
    }

    /// nil where there is nothing at the path.
    func information(_ path: FilePath, followingLinks: Bool = true) async throws(ActionFailure) -> FileInformation? {
        do throws(ActionFailure) {
            let answer = try await perform(.stat(path, followingLinks: followingLinks))
            guard case .information(let information) = answer else { return nil }
            return information
        } catch {
            guard error.isNotFound else { throw error }
            return nil
        }
    }

    /// Asks the guest, and says what its failure means for the action.
    func asking<Answer>(
        _ body: (any Guest) async throws(GuestFailure) -> Answer
    ) async throws(ActionFailure) -> Answer {
        do throws(GuestFailure) {
            return try await body(guest)
        } catch {
            throw ActionFailure(error)
        }
    }
}

/// Where a step's output goes as it comes.
public protocol ActionLog: Sendable {
    /// What a program prints, in order and as it is: the log hides secrets, also those split over two pieces.
    func output(_ output: GuestOutput) async
    /// A line of Kiln's own, with no secrets in it.
    func note(_ line: String) async
}
