public import Documents
public import Failures
public import Guests
import HostSystem
public import SystemPackage

/// What happens while documents run, for whoever shows it.
public enum StepEvent: Sendable {
    case started(StepName, attempt: Int, log: FilePath)
    /// Secrets hidden already.
    case output(StepName, [UInt8])
    case ended(StepName, StepResult)
}

/// A step, by the names that the documents give.
public struct StepName: Sendable, Equatable, CustomStringConvertible {
    public var component: String
    public var phase: String
    public var step: String

    public init(component: String, phase: String, step: String) {
        (self.component, self.phase, self.step) = (component, phase, step)
    }

    public var description: String { "\(component) › \(phase) › \(step)" }
}

/// How a step ended.
public struct StepResult: Sendable, Equatable {
    public enum Status: String, Sendable { case success, failed, ignored }
    public var status: Status
    /// Of the last attempt; nil where it had none (a signal, the time limit).
    public var exitCode: Int32?
    public var attempts: Int
    public var seconds: Double
    /// What went wrong, as in "exit code 3".
    public var reason: String?
    /// How to mend it, where that is known.
    public var hint: String?
    public var lastLines: [String]
    public var log: FilePath
}

/// Runs the phases of one component document on a guest, as AWS's task orchestrator does.
public struct DocumentRunner: Sendable {
    let guest: any Guest
    /// The recipe's; scripts are kept below it in a folder that the cleaning removes.
    let workingDirectory: String
    let logs: FilePath
    let secrets: Set<String>
    let observe: @Sendable (StepEvent) -> Void

    /// A script that asks for a reboot each time it runs must not go on for ever.
    static let mostReboots = 25
    /// The exit code with which a script asks for a reboot, after which the same step runs again.
    static let rebootCode: Int32 = 194

    public init(
        guest: any Guest, workingDirectory: String, logs: FilePath, secrets: Set<String>,
        observe: @escaping @Sendable (StepEvent) -> Void
    ) {
        self.guest = guest
        self.workingDirectory = workingDirectory
        self.logs = logs
        self.secrets = secrets
        self.observe = observe
    }

    /// Runs those phases of the document that are named, in the document's order.
    ///
    /// - Parameter parameters: values by name; the document's defaults stand for the others.
    /// - Returns: how many steps ran.
    /// - Throws: `ComponentFailure`: `stepFailed` with the step, its last lines and its log; `guestLost`; `cancelled`.
    @discardableResult
    public func run(
        _ document: ComponentDocument, named component: String, phases: Set<String>, parameters: [String: String]
    ) async throws(ComponentFailure) -> Int {
        try refuseWhatDoesNotRun(document, phases: phases)
        var values = try DocumentValues(document, given: parameters, component: component)
        var ran = 0
        var failed: ComponentFailure?
        for phase in document.phases where phases.contains(phase.name) {
            for step in phase.steps {
                let name = StepName(component: component, phase: phase.name, step: step.name)
                let (result, standardOutput) = try await run(step, name, values)
                ran += 1
                observe(.ended(name, result))
                values.record(standardOutput: standardOutput, of: name)
                guard result.status == .failed else { continue }
                failed = failed ?? failure(name, result)
                // Continue runs what follows, and the document has failed all the same.
                if step.onFailure == .abort { throw failure(name, result) }
            }
        }
        if let failed { throw failed }
        return ran
    }

    private func refuseWhatDoesNotRun(_ document: ComponentDocument, phases: Set<String>) throws(ComponentFailure) {
        for step in document.phases.filter({ phases.contains($0.name) }).flatMap(\.steps) {
            let construct: String? =
                if ![.executeBash, .reboot].contains(step.action) {
                    "the action \(step.action.rawValue)"
                } else if step.loop != nil {
                    "a loop"
                } else if step.condition != nil {
                    "an 'if'"
                } else {
                    nil
                }
            guard let construct else { continue }
            throw ComponentFailure(
                .invalidInput, "\(step.position): the step \(step.name) has \(construct), which Kiln does not run yet",
                hint: "Kiln runs ExecuteBash and Reboot")
        }
    }

    private func failure(_ name: StepName, _ result: StepResult) -> ComponentFailure {
        let tail = result.lastLines.map { "\n    \($0)" }.joined()
        let times = result.attempts > 1 ? " after \(result.attempts) attempts" : ""
        return ComponentFailure(
            .stepFailed, "step \(name) failed: \(result.reason ?? "unknown")\(times)\(tail)",
            hint: result.hint ?? "read \(result.log)")
    }

    private func run(
        _ step: ComponentStep, _ name: StepName, _ values: DocumentValues
    ) async throws(ComponentFailure) -> (StepResult, String) {
        let start = ContinuousClock.now
        let log: StepLog
        do {
            log = try StepLog(
                path: logs.appending("\(name.component)").appending("\(name.phase)-\(name.step).log"),
                secrets: Array(secrets), isSilent: step.disablesLogging)
        } catch {
            throw ComponentFailure(.logUnwritable, error.message, hint: error.hint, cause: error)
        }
        var attempt = 0
        var outcome = Outcome.failed("not run", nil)
        while attempt < step.maxAttempts {
            attempt += 1
            log.startAttempt()
            observe(.started(name, attempt: attempt, log: log.path))
            outcome = try await self.attempt(step, name, values, log)
            if case .succeeded = outcome { break }
        }
        do { try log.finish() } catch {
            throw ComponentFailure(.logUnwritable, error.message, hint: error.hint, cause: error)
        }
        var result = StepResult(
            status: .success, exitCode: 0, attempts: attempt, seconds: (ContinuousClock.now - start).seconds,
            reason: nil,
            lastLines: log.lastLines, log: log.path)
        if case .failed(let reason, let code, let hint) = outcome {
            result.status = step.onFailure == .ignore ? .ignored : .failed
            (result.reason, result.exitCode, result.hint) = (reason, code, hint)
        }
        return (result, log.standardOutput)
    }

    private enum Outcome {
        case succeeded
        case failed(String, Int32?, hint: String? = nil)
    }

    private func attempt(
        _ step: ComponentStep, _ name: StepName, _ values: DocumentValues, _ log: StepLog
    ) async throws(ComponentFailure) -> Outcome {
        do throws(GuestFailure) {
            let inputs: ActionInputs?
            do throws(DocumentValues.Missing) {
                inputs = try self.inputs(of: step, values)
            } catch {
                return .failed(error.reason, nil)
            }
            switch step.action {
            case .reboot:
                let delay = inputs?.integer("delaySeconds") ?? 0
                if delay > 0, (try? await Task.sleep(for: .seconds(delay))) == nil {
                    throw GuestFailure(.cancelled, "cancelled")
                }
                try await guest.reboot()
                return .succeeded
            case .executeBash:
                return try await bash(inputs?.strings("commands") ?? [], step, name, log)
            default:
                return .failed("the action \(step.action.rawValue) is not run by Kiln yet", nil)
            }
        } catch {
            switch error.code {
            case .cancelled: throw ComponentFailure(.cancelled, "cancelled in step \(name)", cause: error)
            case .guestError, .guestDiskFull:
                log.note(error.message)
                return .failed(error.message, nil, hint: error.hint)
            default:
                throw ComponentFailure(.guestLost, "step \(name): \(error.message)", hint: error.hint, cause: error)
            }
        }
    }

    private func inputs(
        of step: ComponentStep, _ values: DocumentValues
    ) throws(DocumentValues.Missing) -> ActionInputs? {
        let resolved = try step.inputs?.evaluate { (expression) throws(DocumentValues.Missing) in
            try values.value(of: expression)
        }
        do {
            return try step.action.schema.read(resolved).first
        } catch {
            throw DocumentValues.Missing(reason: error.reason)
        }
    }

    private func bash(
        _ commands: [String], _ step: ComponentStep, _ name: StepName, _ log: StepLog
    ) async throws(GuestFailure) -> Outcome {
        let script = commands.map { $0.hasSuffix("\n") ? $0 : $0 + "\n" }.joined()
        let folder = "\(workingDirectory)/TOE_kiln/\(name.component)"
        let file = "\(folder)/\(name.phase)-\(name.step).sh"
        let end = step.timeoutSeconds.map { ContinuousClock.now + .seconds($0) }
        for _ in 0..<Self.mostReboots {
            try await guest.write(Array(script.utf8), to: file, permissions: 0o700)
            let limit = end.map { $0 - ContinuousClock.now }
            let command = GuestCommand(["bash", file], workingDirectory: workingDirectory, limit: limit)
            let observe = observe
            let exit = try await guest.run(command) { output in
                observe(.output(name, log.append(output)))
            }
            switch exit {
            case .exited(0): return .succeeded
            case .exited(Self.rebootCode):
                log.note("exit code \(Self.rebootCode): rebooting, then this step again")
                try await guest.reboot()
            case .exited(let code):
                if log.saysDiskIsFull, let full = await fullDisk() {
                    return .failed("exit code \(code): \(full.reason)", code, hint: full.hint)
                }
                return .failed("exit code \(code)", code)
            case .signalled(let signal): return .failed("ended by signal \(signal)", nil)
            case .timedOut: return .failed("timed out after \(step.timeoutSeconds ?? 0) s", nil)
            }
        }
        return .failed("asked for a reboot \(Self.mostReboots) times (exit code \(Self.rebootCode))", Self.rebootCode)
    }

    /// What programs print of a full disk is said for many reasons; the guest is asked what is really full.
    private func fullDisk() async -> (reason: String, hint: String)? {
        let script = """
            df -P / /var /tmp /home 2>/dev/null | awk 'NR > 1 && $4 < 8192 { print $6; exit }'
            df -Pi / /var /tmp /home 2>/dev/null | awk 'NR > 1 && $2 > 0 && $4 < 16 { print $6; exit }'
            """
        let said = CapturedOutput(limit: 4096)
        let command = GuestCommand(["sh", "-c", script], limit: .seconds(30))
        guard case .exited? = try? await guest.run(command, output: { said.add($0.bytes) }),
            let point = said.text.split(separator: "\n").first
        else { return nil }
        return (
            "the guest's disk is full (\(point))",
            "give the image a larger volume: Ebs.VolumeSize in the recipe's BlockDeviceMappings, or diskGiB in kiln.yaml"
        )
    }
}
