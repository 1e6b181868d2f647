import Components
import Failures
import Foundation
import Glibc
import HostSystem
import SystemPackage

/// A folder of the host that stands for a bucket, or for what is below a prefix of one or of a web server.
struct OriginFolder: Sendable {
    let folder: FilePath
    /// The components that the folder stands for; those after them are below it.
    let prefix: [String]

    func list(_ address: S3Address, limit: Int) async throws(OriginFailure) -> [S3Entry] {
        let top = prefix.isEmpty ? "" : prefix.joined(separator: "/") + "/"
        return await offPool { [folder] in
            var entries: [S3Entry] = []
            let names = FileManager.default.enumerator(atPath: folder.string)
            while let name = names?.nextObject() as? String {
                var information = stat()
                guard (top + name).hasPrefix(address.key),
                    lstat(folder.pushing(FilePath(name)).string, &information) == 0,
                    information.st_mode & S_IFMT == S_IFREG
                else { continue }
                entries.append(S3Entry(key: top + name, size: Int(information.st_size)))
            }
            return Array(entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }.prefix(limit))
        }
    }

    func fetch(_ path: String, named name: String, to file: FilePath) async throws(OriginFailure) {
        let source = try await self.file(path, named: name)
        try await offPool { () throws(OriginFailure) in try Self.copy(source, to: file) }
    }

    /// The file that is there.
    func file(_ path: String, named name: String) async throws(OriginFailure) -> FilePath {
        let source = try self.path(path, named: name)
        return try await offPool { [folder] () throws(OriginFailure) in
            guard let real = Self.real(source), Self.isFile(real) else {
                throw OriginFailure(
                    .notFound, "\(name) does not exist: there is no file \(source)",
                    hint: "the folder \(folder) stands for it")
            }
            try Self.check(real, isBelow: folder, name)
            return real
        }
    }

    func store(_ file: FilePath, _ path: String, named name: String) async throws(OriginFailure) {
        let target = try self.path(path, named: name)
        try await offPool { [folder] () throws(OriginFailure) in
            let parent = target.removingLastComponent()
            // The part of it that is there must not lead elsewhere before anything is made below it.
            var there = parent
            while Self.real(there) == nil, there.removeLastComponent() {}
            if let real = Self.real(there) { try Self.check(real, isBelow: folder, name) }
            let temporary = parent.appending(".kiln-\(UUID().uuidString)")
            do throws(HostFailure) {
                try Folders.create(parent)
            } catch {
                throw OriginFailure(.hostFile, error.message, hint: error.hint, cause: error)
            }
            try Self.copy(file, to: temporary)
            do throws(HostFailure) {
                try DurableFile.sync(temporary)
                try DurableFile.rename(temporary, to: target)
            } catch {
                unlink(temporary.string)
                throw OriginFailure(.hostFile, error.message, hint: error.hint, cause: error)
            }
        }
    }

    /// - Throws: `badAddress` where a component leads out of the folder.
    func path(_ path: String, named name: String) throws(OriginFailure) -> FilePath {
        let components = OriginFolders.components(path).dropFirst(prefix.count)
        guard !components.isEmpty, !components.contains(where: { $0 == ".." || $0 == "." || $0.utf8.contains(0) })
        else {
            throw OriginFailure(.badAddress, "\(name) names no file below the folder \(folder)")
        }
        return components.reduce(folder) { $0.appending($1) }
    }

    private static func real(_ path: FilePath) -> FilePath? {
        guard let resolved = realpath(path.string, nil) else { return nil }
        defer { free(resolved) }
        return FilePath(platformString: resolved)
    }

    private static func isFile(_ path: FilePath) -> Bool {
        var information = stat()
        return stat(path.string, &information) == 0 && information.st_mode & S_IFMT == S_IFREG
    }

    private static func check(_ path: FilePath, isBelow folder: FilePath, _ name: String) throws(OriginFailure) {
        guard let top = real(folder), path.starts(with: top) else {
            throw OriginFailure(.badAddress, "\(name) leads out of the folder \(folder) by a link")
        }
    }

    private static func copy(_ source: FilePath, to file: FilePath) throws(OriginFailure) {
        do {
            try FileManager.default.copyItem(atPath: source.string, toPath: file.string)
        } catch {
            unlink(file.string)
            throw OriginFailure(
                .hostFile, "cannot copy \(source) to \(file): \(error.localizedDescription)", cause: error)
        }
    }
}
