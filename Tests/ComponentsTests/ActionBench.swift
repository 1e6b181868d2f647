public import Documents
import Failures
import Foundation
import Guests
import Synchronization
import SystemPackage
import Testing

@testable public import Components

extension ResolvedInput: ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral {
    public init(stringLiteral text: String) { self = .text(text) }
    public init(arrayLiteral elements: ResolvedInput...) { self = .list(elements) }
    public init(dictionaryLiteral elements: (String, ResolvedInput)...) {
        self = .mapping(elements.map { Entry(key: $0, value: $1) })
    }
}

/// Keeps what actions log.
final class KeptLog: ActionLog {
    private let state = Mutex((output: [UInt8](), notes: [String]()))
    func output(_ output: GuestOutput) async { state.withLock { $0.output += output.bytes } }
    func note(_ line: String) async { state.withLock { $0.notes.append(line) } }
    var notes: [String] { state.withLock { $0.notes } }
    var output: String { state.withLock { String(decoding: $0.output, as: UTF8.self) } }
}

/// A guest, and the means to run actions on it and to look at what they did by other means.
struct ActionBench: Sendable {
    let guest: any Guest
    let scratch: FilePath
    let log = KeptLog()
    var origins: (any FileOrigins)?
    var workingDirectory = "/"
    var secrets: [String] = []

    func context(limit: Duration? = .seconds(300)) -> ActionContext {
        ActionContext(
            guest: guest, workingDirectory: workingDirectory, scriptFolder: "/var/tmp/TOE_kiln/test", scratch: scratch,
            name: "build-Step", deadline: limit.map { .now + $0 }, log: log, origins: origins, secrets: secrets)
    }

    @discardableResult
    func run(_ module: ActionModule, _ inputs: ResolvedInput?, limit: Duration? = .seconds(300)) async throws
        -> ActionOutput
    {
        try await Actions.run(module, inputs, in: context(limit: limit))
    }

    /// Expects the action to fail.
    func fails(
        _ module: ActionModule, _ inputs: ResolvedInput?, _ code: ActionFailureCode, saying part: String = "",
        limit: Duration? = .seconds(300), at location: SourceLocation = #_sourceLocation
    ) async {
        do {
            let output = try await run(module, inputs, limit: limit)
            Issue.record("\(module) did not fail: \(output)", sourceLocation: location)
        } catch let failure as ActionFailure {
            #expect(failure.code == code, "\(failure)", sourceLocation: location)
            #expect(part.isEmpty || failure.description.contains(part), "\(failure)", sourceLocation: location)
        } catch {
            Issue.record("\(error)", sourceLocation: location)
        }
    }

    /// Runs a script that has to end with 0 and gives what it printed.
    @discardableResult
    func bash(_ script: String, at location: SourceLocation = #_sourceLocation) async throws -> String {
        let printed = Mutex<[UInt8]>([])
        let exit = try await guest.run(GuestCommand(["bash", "-euc", script], limit: .seconds(120))) { output in
            printed.withLock { $0 += output.bytes }
        }
        let text = printed.withLock { String(decoding: $0, as: UTF8.self) }
        #expect(exit == .exited(0), "\(script): \(text)", sourceLocation: location)
        return text
    }
}
