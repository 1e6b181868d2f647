import Failures
import HostSystem
import SystemPackage

/// The folder of one throwaway guest below `KilnHome.runs`, locked while its process lives, and gone with the guest: its
/// overlays, its console's log, its RAM where that is kept.
struct RunWorkspace: Sendable {
    let id: String
    let path: FilePath
    private let lock: FileLock

    var console: FilePath { path.appending("console.log") }
    var memory: FilePath { path.appending("memory.save") }
    func overlay(_ number: Int) -> FilePath { path.appending("\(number).qcow2") }

    /// The disk that the guest's overlay lies on, as text.
    private static let baseName = "base"

    static func create(home: KilnHome, base: FilePath) throws -> RunWorkspace {
        while true {
            try Task.checkCancellation()
            let id = BuildFolder.newID("r")
            let path = home.runs.appending(id)
            try Folders.create(path)
            // A sweep in the moment between the folder and its lock wins, and removes it.
            guard let lock = try lock(path, base) else { continue }
            return RunWorkspace(id: id, path: path, lock: lock)
        }
    }

    /// - Returns: nil where the folder has gone.
    private static func lock(_ path: FilePath, _ base: FilePath) throws(HostFailure) -> FileLock? {
        do throws(HostFailure) {
            guard let lock = try FileLock.tryAcquire(path.appending("lock")) else { return nil }
            try DurableFile.write(Array(base.string.utf8), to: path.appending(baseName))
            return lock
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    func remove() { try? Folders.remove(path) }

    /// Removes what killed runs have left; their guests are ended by the hypervisor's own sweep. A guest that is kept keeps
    /// its folder.
    ///
    /// - Returns: what there is to tell, a sentence each.
    static func sweep(home: KilnHome) -> [String] {
        let used = BuildFolder.filesInUse(home: home)
        return names(home).compactMap { (name: String) -> String? in
            let path = home.runs.appending(name)
            if used.contains(where: { $0.hasPrefix("\(path)/") }) { return nil }
            do throws(HostFailure) {
                guard let lock = try FileLock.tryAcquire(path.appending("lock")) else { return nil }
                defer { withExtendedLifetime(lock) {} }
                try Folders.remove(path)
                return "removed what the run \(name) had left: it was cut off"
            } catch {
                return "the run \(name) cannot be swept: \(error.message)"
            }
        }
    }

    /// The runs whose guests lie on a disk now.
    static func users(of disk: String, home: KilnHome) -> [String] {
        names(home).filter { name in
            let path = home.runs.appending(name)
            guard let base = try? Folders.read(path.appending(baseName)) else { return false }
            return String(decoding: base, as: UTF8.self) == disk && FileLock.isHeld(path.appending("lock"))
        }
    }

    private static func names(_ home: KilnHome) -> [String] {
        ((try? Folders.names(in: home.runs)) ?? []).filter { Folders.isFolder(home.runs.appending($0)) }
    }
}
