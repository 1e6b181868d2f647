import Failures
import HostSystem
import SystemPackage

/// The host's QEMU guest agent with its loader and every library it loads, for guests that have none.
struct AgentBundle: Sendable {
    /// A tar archive to be unpacked at the guest's root.
    let archive: [UInt8]
    /// Every path it puts there.
    let paths: [String]

    private static let package = "qemu-guest-agent"

    /// - Throws: `DiskFailure`: `commandFailed` where the host has no agent, or its loader cannot say what it loads.
    static func collect() async throws(DiskFailure) -> AgentBundle {
        guard let program = HostCommand.locate("qemu-ga") else {
            throw DiskFailure(
                .noAgent, "this host has no qemu-ga to bring into a guest that has none",
                hint: "apt-get install \(package)")
        }
        let content = try await read(FilePath(program))
        guard let loader = ELFInterpreter.path(in: Bytes(content: content)) else {
            throw DiskFailure(.noAgent, "\(program) names no loader", hint: "apt-get install --reinstall \(package)")
        }
        // The loader itself says what it would load: no shell script, and none of the user's settings.
        let listed: String = try await onHost { () async throws(HostFailure) in
            try await HostCommand(
                loader, ["--list", program], environment: ["LD_PRELOAD": "", "LD_LIBRARY_PATH": ""], package: package
            ).run()
        }
        var tar = TarArchive()
        var paths: [String] = []
        func add(_ path: String, _ content: [UInt8], _ permissions: UInt32) {
            tar.add(file: String(path.dropFirst()), content, permissions: permissions)
            paths.append(path)
        }
        add(AgentFiles.program, content, 0o755)
        add(AgentFiles.loader, try await read(FilePath(loader)), 0o755)
        for (name, file) in try libraries(in: listed, of: program) {
            add("\(AgentFiles.libraries)/\(name)", try await read(FilePath(file)), 0o755)
        }
        add(AgentFiles.script, Array(AgentFiles.scriptText.utf8), 0o644)
        add(AgentFiles.unit, Array(AgentFiles.unitText.utf8), 0o644)
        for path in AgentFiles.overrides { add(path, Array(AgentFiles.overrideText.utf8), 0o644) }
        tar.add(link: String(AgentFiles.link.dropFirst()), to: "../kiln-guest-agent.service")
        return AgentBundle(archive: tar.finished, paths: paths)
    }

    /// `libudev.so.1 => /lib/x86_64-linux-gnu/libudev.so.1 (0x00007f…)`, a line each; the loader and the kernel's own
    /// library have no arrow.
    static func libraries(in listed: String, of program: String) throws(DiskFailure) -> [(name: String, file: String)] {
        var found: [(name: String, file: String)] = []
        for line in listed.split(whereSeparator: \.isNewline) {
            let parts = line.split(separator: " => ", maxSplits: 1)
            guard parts.count == 2 else { continue }
            let name = String(parts[0]).trimmed
            guard let file = parts[1].split(separator: " ").first, file.hasPrefix("/"), !name.contains("/") else {
                throw DiskFailure(
                    .noAgent, "\(program) needs \(name), which this host has not",
                    hint: "apt-get install --reinstall \(package)")
            }
            found.append((name, String(file)))
        }
        return found
    }

    private static func read(_ path: FilePath) async throws(DiskFailure) -> [UInt8] {
        try await offPool { () throws(DiskFailure) in try onHost { () throws(HostFailure) in try Folders.read(path) } }
    }
}
