import Failures
import Foundation
import Glibc
import Guests
import HostSystem
import SystemPackage

extension ActionContext {
    /// Asks the origins, and says what their failure means for the action.
    func askingOrigins<Answer>(
        _ body: (any FileOrigins) async throws(OriginFailure) -> Answer
    ) async throws(ActionFailure) -> Answer {
        guard let origins else {
            throw ActionFailure(.originError, "this run has no access to S3 and the web")
        }
        do throws(OriginFailure) {
            return try await body(origins)
        } catch {
            throw ActionFailure(
                error.code == .cancelled ? .cancelled : .originError, error.message, hint: error.hint, cause: error)
        }
    }

    /// Lends a name on the host that no file has yet, and removes the file.
    func withScratchFile<Value>(
        _ body: (FilePath) async throws(ActionFailure) -> Value
    ) async throws(ActionFailure) -> Value {
        do throws(HostFailure) {
            try Folders.create(scratch)
        } catch {
            throw ActionFailure(.originError, error.message, hint: error.hint, cause: error)
        }
        let file = scratch.appending("transfer-\(UUID().uuidString)")
        defer { unlink(file.string) }
        return try await body(file)
    }

    /// Whether there is something at a path, a dangling link too.
    func exists(_ path: FilePath) async throws(ActionFailure) -> Bool {
        try await information(path, followingLinks: false) != nil
    }

    func isFolder(_ path: FilePath) async throws(ActionFailure) -> Bool {
        try await information(path)?.kind == .folder
    }

    /// Sends a file of the host, in place of what is there.
    func upload(_ file: FilePath, to path: FilePath) async throws(ActionFailure) {
        // What is written over keeps its permissions; a link is written through.
        let old = try await information(path)
        guard old?.kind != .folder else {
            throw ActionFailure(.fileError, "\(path) is a folder: end the destination with / to put the file into it")
        }
        try await asking { guest throws(GuestFailure) in
            try await guest.upload(file, to: path.string, permissions: old?.permissions ?? 0o644)
        }
    }
}
