import Failures
import Glibc
import HostSystem
import Synchronization
import SystemPackage

/// A root folder of libvirt's embedded driver, held by this process.
///
/// libvirt opens one root in a process, so a slot, once taken, is this process's until it ends.
struct EmbeddedSlot: Sendable {
    let root: FilePath
    let lock: FileLock

    private static let count = 16
    private static let held = Mutex<[String: EmbeddedSlot]>([:])

    /// The slot that this process has, else the first free one.
    static func take(home: KilnHome) throws(HostFailure) -> EmbeddedSlot {
        let outcome: Result<EmbeddedSlot, HostFailure> = held.withLock { held in
            if let slot = held[home.libvirt.string] { return .success(slot) }
            return Result { () throws(HostFailure) in
                let slot = try takeFirst(home: home)
                held[home.libvirt.string] = slot
                return slot
            }
        }
        return try outcome.get()
    }

    /// The slot of that root.
    static func take(root: FilePath) throws(HostFailure) -> EmbeddedSlot {
        guard let lock = try FileLock.tryAcquire(lockFile(of: root)) else {
            throw HostFailure(.busy, "another kiln process runs guests in \(root)", hint: "wait for it to end")
        }
        return EmbeddedSlot(root: root, lock: lock)
    }

    private static func lockFile(of root: FilePath) -> FilePath { FilePath("\(root).lock") }

    /// Takes the first free slot, and ends what killed owners of the others left running.
    private static func takeFirst(home: KilnHome) throws(HostFailure) -> EmbeddedSlot {
        let folder = Self.folder(home)
        try Folders.create(folder, permissions: 0o700)
        var taken: EmbeddedSlot?
        for number in 0..<count {
            let root = folder.appending("\(number)")
            guard taken == nil || Folders.exists(root) else { break }
            guard let lock = try FileLock.tryAcquire(lockFile(of: root)) else { continue }
            if taken == nil {
                try prepare(root)
                taken = EmbeddedSlot(root: root, lock: lock)
            } else {
                killGuests(of: root)
            }
        }
        guard let taken else {
            throw HostFailure(.busy, "\(count) kiln processes are already running guests", hint: "wait for one to end")
        }
        return taken
    }

    /// QEMU's monitor socket lies some 60 bytes below the root, and the path of a socket holds 107: a long KILN_HOME
    /// gets a short name elsewhere.
    private static func folder(_ home: KilnHome) -> FilePath {
        let wanted = home.libvirt
        if wanted.string.utf8.count <= 36 { return wanted }
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in wanted.string.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return FilePath("/var/tmp/kiln-\(getuid())-\(String(hash, radix: 36))")
    }

    private static func prepare(_ root: FilePath) throws(HostFailure) {
        try Folders.create(root.appending("etc"), permissions: 0o700)
        // Root's guests stay root's, with no daemon beside them; an ordinary user's driver ignores all but the last.
        let configuration = """
            user = "root"
            group = "root"
            security_driver = "none"
            security_default_confined = 0
            namespaces = []
            cgroup_controllers = []
            remember_owner = 0
            stdio_handler = "file"

            """
        try DurableFile.write(Array(configuration.utf8), to: root.appending("etc/qemu.conf"))
        // Each slot would ask QEMU for its capabilities anew, which takes seconds: the first slot's answer serves.
        let first = root.removingLastComponent().appending("0/cache/qemu/capabilities")
        let own = root.appending("cache/qemu/capabilities")
        guard root.lastComponent?.string != "0", Folders.exists(first), !Folders.exists(own) else { return }
        try Folders.create(own, permissions: 0o700)
        for name in try Folders.names(in: first) {
            try DurableFile.write(try Folders.read(first.appending(name)), to: own.appending(name))
        }
    }

    /// QEMU processes whose command line names this root: their owner is gone, for its lock is free. Kept ones stay.
    private static func killGuests(of root: FilePath) {
        guard let processes = try? Folders.names(in: "/proc") else { return }
        let kept = Set(KeptGuest.all().filter { !$0.isOver }.map(\.process))
        for process in processes.compactMap(Int32.init) {
            guard let line = try? Folders.read(FilePath("/proc/\(process)/cmdline")) else { continue }
            let text = String(decoding: line, as: UTF8.self)
            guard text.contains("guest=kiln-"), text.contains("\(root)/") else { continue }
            if !kept.contains(ProcessIdentity(of: process).map { "\($0)" } ?? "") { kill(process, SIGKILL) }
        }
    }
}
