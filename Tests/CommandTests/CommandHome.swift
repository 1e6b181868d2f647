import Foundation
import Glibc
import HostSystem
import Store
import SystemPackage
import Testing

@testable import Builds

/// A home and a working folder of a test's own. What is costly to make and safe to share is shared: the base image, the
/// libguestfs appliance, and what was found of QEMU and the acceleration.
struct CommandHome {
    static let variables = ProcessInfo.processInfo.environment
    static let base = variables["KILN_TEST_BASE"].map { FilePath($0) }
    static var isThere: Bool { base != nil }

    /// Short, for sockets lie below it.
    let root: FilePath
    var home: KilnHome { KilnHome(data: root, cache: root.appending("cache")) }
    var work: FilePath { root.appending("work") }
    var output: FilePath { work.appending("kiln-output") }

    private static let shared = KilnHome(environment: [
        "KILN_HOME": variables["KILN_TEST_HOME"] ?? "/var/tmp/kiln-test-home"
    ])
    private static let capabilities = "0/cache/qemu/capabilities"

    init() throws {
        root = FilePath("/var/tmp/kc-\(UUID().uuidString.prefix(8))")
        try Folders.create(home.bases)
        try Folders.create(work)
        for name in ["tmp", "run"] { try Folders.create(root.appending(name), permissions: 0o700) }
        let files = FileManager.default
        if let base = Self.base {
            let folder = base.removingLastComponent()
            let name = folder.lastComponent?.string ?? ""
            try files.createSymbolicLink(
                atPath: home.bases.appending(name).string, withDestinationPath: folder.string)
        }
        try Folders.create(Self.shared.libguestfs)
        try files.createSymbolicLink(
            atPath: home.libguestfs.string, withDestinationPath: Self.shared.libguestfs.string)
        try? files.copyItem(atPath: Self.shared.acceleration.string, toPath: home.acceleration.string)
        let known = Self.shared.libvirt.appending(Self.capabilities)
        if Folders.exists(known) {
            let own = home.libvirt.appending(Self.capabilities)
            try Folders.create(own.removingLastComponent(), permissions: 0o700)
            try files.copyItem(atPath: known.string, toPath: own.string)
        }
    }

    /// Keeps the builds, images and artifacts as they are on disk now, to go on from there more than once.
    func save() throws -> FilePath {
        let saved = root.appending("saved-\(UUID().uuidString.prefix(4))")
        try Folders.create(saved)
        for folder in [home.builds, home.images, home.layers, work] { try copy(folder, to: saved) }
        return saved
    }

    func restore(_ saved: FilePath) throws {
        for folder in [home.builds, home.images, home.layers, work] {
            try Folders.remove(folder)
            guard let name = folder.lastComponent else { continue }
            try copy(saved.appending(name), to: root)
        }
    }

    /// cp keeps holes and times; FileManager keeps neither.
    private func copy(_ folder: FilePath, to other: FilePath) throws {
        guard Folders.exists(folder) else { return }
        let cp = Process()
        cp.executableURL = URL(fileURLWithPath: "/bin/cp")
        cp.arguments = ["-a", folder.string, other.string]
        try cp.run()
        cp.waitUntilExit()
        try #require(cp.terminationStatus == 0)
    }

    func remove() {
        for process in processes() { kill(process.pid, SIGKILL) }
        try? Folders.remove(root)
    }

    /// Another user than the tests' own.
    struct User {
        var name: String
        var id: uid_t
        var group: gid_t
        var home: String

        /// What stands before a command that runs as the user, in the same process.
        var becoming: [String] {
            ["/usr/bin/setpriv", "--reuid=\(id)", "--regid=\(group)", "--init-groups"]
        }
    }

    /// Makes all of it the user's, but what it only links to.
    func give(to user: User) async throws {
        // The shared appliance is root's; this user makes one of its own.
        try Folders.remove(home.libguestfs)
        try await HostCommand("chown", ["-R", "--no-dereference", "\(user.id):\(user.group)", root.string]).run()
    }

    /// - Parameter results: a file of the working folder for standard output, which goes to the log otherwise.
    func kiln(
        _ arguments: [String], user: User? = nil, log: String = "log", results: String? = nil,
        adding more: [String: String] = [:]
    ) throws -> KilnProcess {
        let environment = Self.variables.merging(variables(for: user)) { $1 }.merging(more) { $1 }
        return try KilnProcess(
            arguments, becoming: user?.becoming ?? [], environment: environment, workingDirectory: work,
            log: root.appending("\(log).txt"), results: results.map { work.appending($0) })
    }

    func variables(for user: User?) -> [String: String] {
        let sources = FilePath(#filePath).removingLastComponent().removingLastComponent().removingLastComponent()
        var variables = [
            "KILN_HOME": root.string, "KILN_IMAGES": sources.appending("images").string,
            // Whatever libguestfs leaves is seen then, and is nobody else's.
            "TMPDIR": root.appending("tmp").string, "XDG_RUNTIME_DIR": root.appending("run").string,
        ]
        if let user {
            variables["HOME"] = user.home
            for name in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME"] { variables[name] = root.appending("xdg").string }
        }
        return variables
    }

    func write(_ name: String, _ text: String) throws {
        try DurableFile.write(Array(text.utf8), to: work.appending(name))
    }

    /// The newest build.
    var build: BuildRecord? { BuildFolder.all(home: home).first }

    /// What the store has of the images that were built here, by the last part of their ARNs: "web/1.0.0/1".
    func storedBuilds() async throws -> [String: ImageBuild] {
        try await KilnStore.using(home.database, account: Account(account: "000000000000")) { store in
            let builds = try await store.builds(in: Set(Store.ImageState.allCases))
            return Dictionary(
                uniqueKeysWithValues: builds.map { (String($0.image.split(separator: ":image/").last ?? ""), $0) })
        }
    }

    func folder(of build: BuildRecord) -> BuildFolder { BuildFolder(home: home, id: build.id) }

    // MARK: What is left

    struct Left {
        var pid: pid_t
        var command: String
    }

    /// Processes that have this home in their command line: guests, appliances, qemu-img.
    func processes(_ program: String = "") -> [Left] {
        ((try? Folders.names(in: "/proc")) ?? []).compactMap(pid_t.init).compactMap { pid in
            guard let line = try? Folders.read(FilePath("/proc/\(pid)/cmdline")), pid != getpid() else { return nil }
            let text = String(decoding: line, as: UTF8.self)
            guard text.contains("\(root)/"), text.contains(program) else { return nil }
            return Left(pid: pid, command: String(text.prefix(120)))
        }
    }

    /// Appliances of a kiln: those that were resumed name nothing of the home.
    func appliances(of process: KilnProcess) -> [String] {
        ((try? Folders.names(in: "/proc")) ?? []).compactMap { name in
            guard pid_t(name) != nil, let line = try? Folders.read(FilePath("/proc/\(name)/cmdline")) else {
                return nil
            }
            let text = String(decoding: line, as: UTF8.self)
            guard text.contains("kiln-run-"), text.contains("-\(process.pid)-"), text.contains("guestfsd.sock") else {
                return nil
            }
            return String(text.prefix(120))
        }
    }

    /// Folders for the sockets of its guests and appliances.
    func runFolders(of process: KilnProcess) throws -> [FilePath] {
        try Folders.names(in: "/tmp").filter { $0.hasPrefix("kiln-run-") && $0.contains("-\(process.pid)-") }
            .map { FilePath("/tmp").appending($0) }
    }

    /// Fails the test where anything is left but the records, logs and those layers that `kept` names by build.
    func expectNothingLeft(
        of process: KilnProcess? = nil, kept: [String: [String]] = [:], location: SourceLocation = #_sourceLocation
    ) throws {
        #expect(processes().map(\.command) == [], sourceLocation: location)
        if let process { #expect(appliances(of: process) == [], sourceLocation: location) }
        if let process { #expect(try runFolders(of: process) == [], sourceLocation: location) }
        for name in ["tmp", "run"] {
            let names = try Folders.names(in: root.appending(name))
            #expect(names == [], sourceLocation: location)
        }
        for build in BuildFolder.all(home: home) {
            let folder = folder(of: build)
            #expect(try Folders.names(in: folder.overlays) == kept[build.id] ?? [], sourceLocation: location)
            #expect(try FileLock.tryAcquire(folder.lock) != nil, sourceLocation: location)
            if build.state != .available {
                let image = build.image.map { home.images.appending("sha256-\($0)") }
                #expect(image.map(Folders.exists) != true, sourceLocation: location)
            }
        }
        for name in try Folders.names(in: home.layers) where name.count == 64 {
            let layer = home.layers.appending(name)
            #expect(Folders.exists(layer.appending("layer.json")), sourceLocation: location)
            #expect(try FileLock.tryAcquire(layer.appending("lock")) != nil, sourceLocation: location)
        }
        #expect(try Folders.names(in: home.runs) == [], sourceLocation: location)
        // No share of the host is taken by a guest that is gone.
        let shares = try Folders.names(in: root.appending("guests")).filter { name in
            name != "lock" && FileLock.isHeld(root.appending("guests").appending(name))
        }
        #expect(shares == [], sourceLocation: location)
        for name in try Folders.names(in: home.libvirt) where name.hasSuffix(".lock") {
            #expect(try FileLock.tryAcquire(home.libvirt.appending(name)) != nil, sourceLocation: location)
        }
        #expect(try Folders.names(in: output).filter { $0.hasPrefix(".") } == [], sourceLocation: location)
    }
}

/// Runs a test in a home that is gone after it.
func withCommandHome<Value>(_ body: (CommandHome) async throws -> Value) async throws -> Value {
    let home = try CommandHome()
    defer { home.remove() }
    return try await body(home)
}
