import Documents
import Failures
import Guests

/// Installs the updates of the guest's packages by its own package manager, asking nothing: all, or those that `include` names, less
/// those that `exclude` names. Names may have wildcards.
enum UpdateOS: Action {
    /// How often a lock that another process holds is tried again.
    private static let attempts = 30
    private static let pause = Duration.seconds(10)
    /// /etc/os-release is some lines.
    private static let releaseLimit = 64 << 10

    static func run(_ inputs: [ActionInputs], in context: ActionContext) async throws(ActionFailure) -> ActionOutput {
        let (include, exclude) = (inputs.only.strings("include"), inputs.only.strings("exclude"))
        let manager = try await find(in: context)
        _ = try await run(manager, manager.refresh, in: context)
        var packages: [String]?
        if !include.isEmpty || !exclude.isEmpty {
            let answer = try await run(manager, manager.list, isList: true, in: context)
            let available = manager.packages(in: answer)
            let chosen = choose(available, include: include, exclude: exclude)
            await context.note("updating \(chosen.count) of the \(available.count) packages that have updates")
            guard !chosen.isEmpty else { return .none }
            packages = chosen
        }
        _ = try await run(manager, manager.install(packages), in: context)
        return .none
    }

    /// Those that the lists ask for, each once, in the manager's order.
    ///
    /// - Parameter include: empty: all.
    static func choose(_ available: [String], include: [String], exclude: [String]) -> [String] {
        let wanted = include.map { Wildcard($0) }
        let unwanted = exclude.map { Wildcard($0) }
        var seen: Set<String> = []
        return available.filter { name in
            // "libc6:amd64" is meant by "libc6" too.
            let names = [name, String(name.prefix { $0 != ":" })]
            func isNamed(by patterns: [Wildcard]) -> Bool { patterns.contains { names.contains(where: $0.matches) } }
            return (wanted.isEmpty || isNamed(by: wanted)) && !isNamed(by: unwanted) && seen.insert(name).inserted
        }
    }

    private static func find(in context: ActionContext) async throws(ActionFailure) -> PackageManager {
        var release = ""
        do throws(ActionFailure) {
            let bytes = try await context.asking { guest throws(GuestFailure) in
                try await guest.read("/etc/os-release", limit: Self.releaseLimit)
            }
            release = String(decoding: bytes, as: UTF8.self)
        } catch {
            guard error.isNotFound else { throw error }
        }
        for manager in PackageManager.candidates(release: release) {
            if try await context.information(context.path(manager.path)) != nil { return manager }
        }
        throw ActionFailure(
            .unsupported, "UpdateOS finds no package manager on this guest: no apt-get, dnf, yum or zypper in /usr/bin")
    }

    private static func run(
        _ manager: PackageManager, _ arguments: [String], isList: Bool = false, in context: ActionContext
    ) async throws(ActionFailure) -> String {
        await context.note(arguments.joined(separator: " "))
        var attempt = 0
        while true {
            attempt += 1
            let ended = try await context.follow(arguments, environment: manager.environment)
            switch manager.verdict(ended.exit, errors: ended.errors, isList: isList) {
            case .done: return ended.standardOutput
            case .busy where attempt < attempts:
                await context.note("another package manager is at work: waiting")
                guard (try? await Task.sleep(for: pause)) != nil else { throw ActionFailure(.cancelled, "cancelled") }
            case .busy, .failed:
                let failure = context.failure(ended.exit)
                throw ActionFailure(
                    failure.code, "\(manager.rawValue) failed: \(failure.message)",
                    hint: "read the step's log; repositories have to be reachable from the guest")
            }
        }
    }
}
