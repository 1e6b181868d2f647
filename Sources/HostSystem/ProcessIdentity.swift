import Glibc
import SystemPackage

/// A process, told from every other that has had its number: by the host's boot, the namespace that the number counts
/// in, the number, and the tick at which it started (proc(5), field 22 of stat).
public struct ProcessIdentity: Sendable, Equatable, CustomStringConvertible {
    private let boot: String
    private let namespace: String
    private let process: Int32
    private let start: String

    /// This process.
    public static let current = ProcessIdentity(
        boot: hostBoot, namespace: ownNamespace, process: getpid(), start: startTick(of: getpid()) ?? "0")

    private init(boot: String, namespace: String, process: Int32, start: String) {
        self.boot = boot
        self.namespace = namespace
        self.process = process
        self.start = start
    }

    /// A process of this host that runs now; nil where there is none of that number.
    public init?(of process: Int32) {
        guard let start = Self.startTick(of: process) else { return nil }
        self.init(boot: Self.hostBoot, namespace: Self.ownNamespace, process: process, start: start)
    }

    /// Sends a signal, where it is still that process.
    public func signal(_ number: Int32) {
        if boot == Self.hostBoot, namespace == Self.ownNamespace, !isGone { kill(process, number) }
    }

    /// Reads what `description` wrote; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = String(text).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 4, let process = Int32(parts[2]), process > 0, UInt64(parts[3]) != nil else { return nil }
        self.init(boot: parts[0], namespace: parts[1], process: process, start: parts[3])
    }

    /// Short enough for the name of a folder that holds sockets: "1b4e28ba-4026531836-4242-98765".
    public var description: String { "\(boot)-\(namespace)-\(process)-\(start)" }

    /// Whether its number counts here: then `isGone` is certain either way.
    public var isOurs: Bool { boot == Self.hostBoot && namespace == Self.ownNamespace }

    /// Whether the process has ended for certain: one that counts in another namespace is not ours to judge.
    public var isGone: Bool {
        guard boot == Self.hostBoot else { return true }
        guard namespace == Self.ownNamespace else { return false }
        return Self.startTick(of: process) != start
    }

    /// The first eight digits of the kernel's id of this boot.
    private static let hostBoot: String = {
        let bytes = (try? Folders.read("/proc/sys/kernel/random/boot_id")) ?? []
        return String(decoding: bytes.prefix(8), as: UTF8.self)
    }()

    /// The number in "pid:[4026531836]".
    private static let ownNamespace: String = {
        var buffer = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/self/ns/pid", &buffer, buffer.count)
        return String(decoding: buffer.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
            .filter(\.isNumber)
    }()

    /// Nil where there is no such process, and for one that has ended and is only not reaped yet.
    private static func startTick(of process: Int32) -> String? {
        guard let bytes = try? Folders.read(FilePath("/proc/\(process)/stat")) else { return nil }
        // The name, in brackets, may hold anything.
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return String(fields[19])
    }
}
