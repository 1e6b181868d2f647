import CGuestfs
import Failures
import Glibc
import HostSystem
import SystemPackage

/// One libguestfs handle with its appliance, for use on one thread; `Guestfs.session` makes and ends it.
final class Guestfs {
    private let handle: OpaquePointer
    /// Where libguestfs puts what it needs beside the appliance; the next start removes a killed process's.
    let folder: FilePath

    init(_ handle: OpaquePointer, folder: FilePath) {
        self.handle = handle
        self.folder = folder
    }

    /// Ends the appliance, where it still runs, and the handle with it; nothing may be called after.
    func close() {
        guestfs_close(handle)
        try? Folders.remove(folder)
    }

    /// Errors are thrown, not printed. libguestfs keeps this by thread, so each that uses the handle says it again.
    func quieten() { guestfs_set_error_handler(handle, nil, nil) }

    /// The call's answer, or what libguestfs said.
    func call<Value>(_ what: String, _ body: (OpaquePointer) -> Value?) throws(DiskFailure) -> Value {
        guard let value = body(handle) else { throw failure(what) }
        return value
    }

    /// A call that answers 0 or -1.
    func run(_ what: String, _ body: (OpaquePointer) -> Int32) throws(DiskFailure) {
        guard body(handle) == 0 else { throw failure(what) }
    }

    private func failure(_ what: String) -> DiskFailure {
        let said = guestfs_last_error(handle).map { String(cString: $0) } ?? "no reason given"
        let code: DiskFailureCode = guestfs_last_errno(handle) == ENOSPC ? .noSpace : .guestfs
        return DiskFailure(code, "libguestfs cannot \(what): \(said)")
    }

    /// Takes a NULL-terminated list of strings that libguestfs gave, and frees it.
    static func strings(_ list: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> [String] {
        var result: [String] = []
        var index = 0
        while let item = list[index] {
            result.append(String(cString: item))
            free(item)
            index += 1
        }
        free(list)
        return result
    }

    func command(_ arguments: [String]) throws(DiskFailure) -> String {
        let pointers = arguments.map { strdup($0) } + [nil]
        defer { for pointer in pointers { free(pointer) } }
        let answer = try call("run \(arguments[0])") { handle in
            var list = pointers
            return guestfs_command(handle, &list)
        }
        defer { free(answer) }
        return String(cString: answer)
    }

    /// The paths that a pattern of glob(7), braces included, meets; links that lead nowhere too.
    ///
    /// - Parameter markFolders: puts a slash after folders, and after links to them.
    func glob(_ pattern: String, markFolders: Bool = false) throws(DiskFailure) -> [String] {
        var options = guestfs_glob_expand_opts_argv()
        options.bitmask = 1  // GUESTFS_GLOB_EXPAND_OPTS_DIRECTORYSLASH_BITMASK
        options.directoryslash = markFolders ? 1 : 0
        return Self.strings(
            try call("look for \(pattern.prefix(200))") { guestfs_glob_expand_opts_argv($0, pattern, &options) })
    }
}
