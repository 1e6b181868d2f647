public import Disks
public import Failures
import HostSystem
import SystemPackage

extension ImageLibrary {
    /// Removes a name, and its image where nothing else has it.
    ///
    /// An image that others are built on stays: they have only what differs from it.
    ///
    /// - Parameter force: drops the layers of unfinished builds on it; a running build is never disturbed.
    /// - Returns: what was removed.
    /// - Throws: `DiskFailure`: `notFound`, `invalidName`, `inUse`.
    public func remove(_ text: String, force: Bool = false) async throws(DiskFailure) -> ImageEntry {
        let lock = try await lock(for: "removing \(text)")
        defer { _ = lock }
        try sweepDrafts()
        let entry = try find(text)
        try checkUnused(entry, force: force)
        switch entry.kind {
        case .made:
            try checkNoBase(entry)
            try await removeMade(entry)
        case .imported:
            let others = try imports().filter { $0.name != entry.name }
            let isLast = !others.contains { $0.digest == entry.digest }
            if isLast { try checkNoBase(entry) }
            try remove(home.imports.appending("\(entry.name).json"))
            if isLast { try await discard(entry) }
        case .built, .unknown:
            try checkNoBase(entry)
            try await discard(entry)
        }
        return entry
    }

    /// Takes the image's folder out of sight first: a crash in the middle leaves nothing that looks like an image.
    func discard(_ entry: ImageEntry) async throws(DiskFailure) {
        try await dropLayers(on: entry)
        let gone = home.images.appending("\(Self.draftPrefix)\(entry.digest.prefix(16))")
        try remove(gone)
        do {
            if Folders.exists(entry.folder) { try DurableFile.rename(entry.folder, to: gone) }
        } catch { throw DiskFailure(error) }
        try remove(gone)
        do { try ImageParts(home: home).remove() } catch {
            throw DiskFailure(.commandFailed, BuildFailure(error).message)
        }
    }

    private func removeMade(_ entry: ImageEntry) async throws(DiskFailure) {
        let name = entry.folder.lastComponent?.string ?? ""
        do {
            guard let making = try FileLock.tryAcquire(home.bases.appending("\(name).lock")) else {
                throw HostFailure(
                    .busy, "\(entry.name) is being made right now", hint: "wait for it, or end it with ^C")
            }
            defer { _ = making }
            try await dropLayers(on: entry)
            try Folders.remove(entry.folder)
        } catch let failure as HostFailure {
            throw DiskFailure(.inUse, failure.message, hint: failure.hint, cause: failure)
        } catch {
            throw DiskFailure(.commandFailed, "\(error)", cause: error)
        }
    }

    static let draftPrefix = ".draft-"

    /// Removes what killed imports have left. The caller has the images' lock, under which drafts are made.
    func sweepDrafts() throws(DiskFailure) {
        for name in try names(home.images) where name.hasPrefix(Self.draftPrefix) {
            let draft = home.images.appending(name)
            do {
                guard let owner = try FileLock.tryAcquire(draft.appending("lock")) else { continue }
                defer { _ = owner }
                try Folders.remove(draft)
            } catch { throw DiskFailure(error) }
        }
    }
}
