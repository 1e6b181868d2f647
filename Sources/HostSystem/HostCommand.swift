public import Failures
import Glibc
import Subprocess
public import SystemPackage

/// A program of the host (qemu-img, mmdebstrap), run without a shell, bounded in time and in what it may print.
public struct HostCommand: Sendable {
    public var program: String
    public var arguments: [String]
    /// Added to the environment that Kiln itself has.
    public var environment: [String: String]
    public var workingDirectory: FilePath?
    public var limit: Duration
    /// Between SIGTERM and SIGKILL, for one that is cancelled or over its limit.
    public var grace: Duration
    /// The Debian package that brings the program, for the hint.
    public var package: String?

    public init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:],
        workingDirectory: FilePath? = nil, limit: Duration = .seconds(60), grace: Duration = .seconds(5),
        package: String? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.limit = limit
        self.grace = grace
        self.package = package
    }

    public struct Output: Sendable {
        public let status: Int32
        public let standardOutput: String
        public let standardError: String
    }

    /// How much of each stream is kept; a program that prints more is not a program Kiln reads answers from.
    private static let outputLimit = 16 << 20

    /// Runs to the end and gives what it printed, whatever its exit status.
    ///
    /// - Throws: `HostFailure`: `missingProgram`, `timedOut`, `cancelled`, `io`.
    public func output() async throws(HostFailure) -> Output {
        let configuration = try configuration(
            endingBy: [.gracefulShutDown(toProcessGroup: true, allowedDurationToNextStep: grace)])
        do {
            return try await withDeadline(limit, for: program) {
                let result = try await Subprocess.run(
                    configuration, output: .string(limit: Self.outputLimit), error: .string(limit: Self.outputLimit))
                return Output(
                    status: Self.status(result.terminationStatus), standardOutput: result.standardOutput,
                    standardError: result.standardError)
            }
        } catch let failure as HostFailure {
            throw failure
        } catch is CancellationError {
            throw HostFailure(.cancelled, "\(program) was cancelled")
        } catch {
            if Task.isCancelled { throw HostFailure(.cancelled, "\(program) was cancelled") }
            throw HostFailure(.io, "cannot run \(program): \(error)", cause: error)
        }
    }

    /// - Parameter steps: what happens to it when it is cancelled, before SIGKILL.
    func configuration(endingBy steps: [TeardownStep]) throws(HostFailure) -> Configuration {
        guard let path = Self.locate(program) else {
            throw HostFailure(
                .missingProgram, "\(program) is not installed", hint: package.map { "apt-get install \($0)" })
        }
        var options = PlatformOptions()
        // A group of its own: ^C at the terminal reaches kiln, which then ends its children in order.
        options.processGroupID = 0
        options.teardownSequence = steps
        return Configuration(
            executable: .path(FilePath(path)), arguments: Arguments(arguments),
            environment: .inherit.updating(
                Dictionary(
                    uniqueKeysWithValues: environment.merging([Self.ownerVariable: "\(ProcessIdentity.current)"]) { $1 }
                        .map { (Environment.Key(stringLiteral: $0.key), $0.value) })
            ),
            workingDirectory: workingDirectory, platformOptions: options)
    }

    static func status(_ end: TerminationStatus) -> Int32 {
        switch end {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        }
    }

    /// Runs to the end and gives standard output.
    ///
    /// - Throws: `HostFailure` as `output()`, and `commandFailed` with the program's last lines where its status is not 0.
    @discardableResult
    public func run() async throws(HostFailure) -> String {
        let output = try await output()
        guard output.status == 0 else {
            let said = output.standardError.isEmpty ? output.standardOutput : output.standardError
            let tail = said.split(separator: "\n").suffix(3).joined(separator: "; ")
            let code: HostFailureCode = said.contains("No space left on device") ? .noSpace : .commandFailed
            throw HostFailure(
                code, "\(program) failed with status \(output.status)\(tail.isEmpty ? "" : ": \(tail)")",
                hint: code == .noSpace ? "free some space, or point KILN_HOME at a larger disk" : nil)
        }
        return output.standardOutput
    }

    /// Where a program is, looking in PATH and then in the sbin folders that an ordinary user's PATH lacks.
    public static func locate(_ program: String) -> String? {
        if program.contains("/") { return access(program, X_OK) == 0 ? program : nil }
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        for folder in path.split(separator: ":").map(String.init) + ["/usr/sbin", "/sbin", "/usr/libexec"] {
            let candidate = "\(folder)/\(program)"
            if access(candidate, X_OK) == 0 { return candidate }
        }
        return nil
    }
}
