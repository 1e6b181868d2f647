import Guests
import HostSystem
import SystemPackage

/// libguestfs's own commands, with an appliance like Kiln's: the same cache, translated where guests are.
struct GuestfsTools: Sendable {
    let environment: [String: String]

    /// - Parameters:
    ///   - cache: where libguestfs keeps its appliance, which is made once.
    ///   - folder: for its sockets and overlays.
    init(_ acceleration: Acceleration, cache: FilePath, folder: FilePath) {
        let settings = acceleration.kind == .tcg ? ["LIBGUESTFS_BACKEND_SETTINGS": "force_tcg"] : [:]
        environment = settings.merging([
            "LIBGUESTFS_BACKEND": "direct", "LIBGUESTFS_CACHEDIR": cache.string, "LIBGUESTFS_TMPDIR": folder.string,
            "TMPDIR": folder.string,
        ]) { $1 }
    }

    static func version() async throws -> String {
        let text = try await HostCommand("virt-sysprep", ["--version"], package: "guestfs-tools").run()
        return text.split(separator: "\n").first.map(String.init) ?? ""
    }

    @discardableResult
    func run(_ program: String, _ arguments: [String]) async throws -> String {
        try await HostCommand(
            program, arguments, environment: environment, limit: .seconds(3600), package: "guestfs-tools"
        ).run()
    }

    /// What follows every peer's work, since Kiln cleans its images too.
    func sysprep(_ disk: FilePath) async throws { try await run("virt-sysprep", ["-q", "-a", disk.string]) }

    /// Fails for an image that does not show the work: a fast build of something else would be no figure.
    func demand(_ work: BenchWork, in disk: FilePath, of side: String) async throws {
        let commands = work.proof.flatMap { [":"] + $0.split(separator: " ").map(String.init) }
        let shown = try await run("guestfish", ["--ro", "-a", disk.string, "-i"] + commands.dropFirst())
        guard shown == work.shows else {
            throw BenchFailure("the image of \(side) does not show the work: \(shown.debugDescription)")
        }
    }
}
