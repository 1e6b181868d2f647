import HostSystem

/// What libguestfs tells QEMU when it starts its appliance, as Kiln changes it to suspend and resume one.
///
/// The options are those of libguestfs' direct backend (guestfs-internals(1), "hypervisor command line"). Only three are
/// told otherwise; the machine they make stays the same, as a migration wants it.
struct ApplianceArguments: Sendable, Equatable {
    var words: [String]

    /// - Returns: nil where they are not of the kind that is known here: no appliance is suspended then.
    init?(recorded words: [String]) {
        guard words.contains(where: Self.isChannel), words.contains(where: Self.isPort),
            words.contains(where: Self.isRoot),
            Self.rootUUID(in: words) != nil
        else { return nil }
        self.words = words
    }

    /// "root=UUID=…": supermin gives each root that it makes another.
    var root: String? { Self.rootUUID(in: words) }

    /// For a boot that ends where libguestfs' daemon is about to speak: it waits for somebody to connect.
    ///
    /// - Parameters:
    ///   - disk: an overlay on the appliance's root, which is written to.
    ///   - socket: where somebody could connect.
    func toSuspend(disk: String, socket: String, monitor: String) -> [String] {
        var result = words.map { word in
            if Self.isChannel(word) { return "socket,path=\(Self.escaped(socket)),id=channel0,server=on,wait=off" }
            if Self.isPort(word) { return "\(word),id=\(Self.port)" }
            if Self.isRoot(word) { return Self.drive(disk, options: "") }
            return word
        }
        for index in result.indices.dropFirst() {
            if result[index - 1] == "-serial" { result[index] = "null" }
            if result[index - 1] == "-qmp" { result[index] = "unix:\(Self.escaped(monitor)),server=on,wait=off" }
        }
        return result
    }

    /// The program that libguestfs starts in QEMU's place (`guestfs_set_hv`): QEMU, but one that goes on from `memory`
    /// instead of booting, where the appliance's root is still the one that was suspended.
    func program(qemu: String, disk: String, memory: String) -> String {
        """
        \(ApplianceLauncher.prologue)\
        resume=
        for word; do case $word in *\(ShellWord.quoted(root ?? ""))*) resume=1 ;; esac; done
        [ -n "$resume" ] && [ -r \(ShellWord.quoted(memory)) ] || exec \(ShellWord.quoted(qemu)) "$@"
        count=$#
        while [ "$count" -gt 0 ]; do
          word=$1
          shift
          case $word in
          *,id=appliance,*) word=\(ShellWord.quoted(Self.drive(disk, options: "snapshot=on,"))) ;;
          virtserialport,chardev=channel0,*) word=$word,id=\(Self.port) ;;
          esac
          set -- "$@" "$word"
          count=$((count - 1))
        done
        exec \(ShellWord.quoted(qemu)) "$@" -incoming fd:9 9<\(ShellWord.quoted(memory))

        """
    }

    /// QEMU tells of a port's opening only where the port has a name.
    static let port = "kilnport"

    private static func drive(_ disk: String, options: String) -> String {
        "file=\(escaped(disk)),\(options)id=appliance,cache=unsafe,if=none,format=qcow2"
    }

    private static func isChannel(_ word: String) -> Bool { word.hasPrefix("socket,") && word.contains("id=channel0") }
    private static func isPort(_ word: String) -> Bool { word.hasPrefix("virtserialport,chardev=channel0,") }
    private static func isRoot(_ word: String) -> Bool {
        word.hasPrefix("file=") && word.contains(",snapshot=on,id=appliance,")
    }

    private static func rootUUID(in words: [String]) -> String? {
        words.lazy.flatMap { $0.split(separator: " ") }.first { $0.hasPrefix("root=UUID=") }.map(String.init)
    }

    /// A comma ends a value of QEMU's, and two do not.
    private static func escaped(_ value: String) -> String {
        value.split(separator: ",", omittingEmptySubsequences: false).joined(separator: ",,")
    }
}
