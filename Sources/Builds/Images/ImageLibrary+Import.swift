public import Disks
public import Failures
import Foundation
import HostSystem
public import SystemPackage

extension ImageLibrary {
    /// Imports a disk under a name.
    ///
    /// - Parameters:
    ///   - taken: names of the catalogue, which an import must not hide.
    ///   - replace: lets the name stand for another disk than it does.
    /// - Returns: the record; the one that was there where the same disk has the name already.
    /// - Throws: `DiskFailure`: `invalidName`, `nameTaken`, `inUse`, and all that examining and converting a disk throw.
    ///   Nothing is left then.
    public func importDisk(
        _ file: FilePath, as name: String, taken: Set<String>, replace: Bool, settings: ApplianceSettings,
        report: @Sendable (String) -> Void
    ) async throws(DiskFailure) -> ImportRecord {
        try Self.check(name, taken: taken)
        report("checking \(file)")
        let source = try await SourceDisk.examine(file)
        let sourceDigest = try await source.digest()
        if let record = try existing(name, sourceDigest, replace: replace) { return record }
        let (draft, owner) = try await makeDraft()
        defer {
            try? Folders.remove(draft)
            _ = owner
        }
        report("converting \(file), and looking for its system")
        let disk = draft.appending("disk.qcow2")
        let imported = try await DiskImport.run(source, to: disk, settings: settings)
        let record = ImportRecord(
            name: name, digest: imported.digest, size: imported.size, virtualSize: imported.virtualSize,
            source: source.path.string, sourceFormat: source.formatName, sourceDigest: sourceDigest,
            imported: Date(timeIntervalSince1970: Date().timeIntervalSince1970.rounded(.down)),
            contents: imported.contents)
        return try await commit(record, disk, replace: replace)
    }

    /// Puts the image in its place, then writes the record that names it.
    func commit(
        _ record: ImportRecord, _ draft: FilePath, replace: Bool
    ) async throws(DiskFailure) -> ImportRecord {
        let lock = try await lock(for: "importing \(record.name)")
        defer { _ = lock }
        // Another import of the name may have ended in the meantime.
        if let record = try existing(record.name, record.sourceDigest, replace: replace) { return record }
        let old = try importRecord(record.name)
        var kept = record
        // As it is when it is read again.
        kept.contents.packages = nil
        do throws(HostFailure) {
            let folder = home.images.appending("sha256-\(record.digest)")
            try Folders.create(folder)
            if !Folders.exists(disk(record.digest)) { try DurableFile.rename(draft, to: disk(record.digest)) }
            if let packages = record.contents.packages { try PackageList.write(packages, beside: disk(record.digest)) }
            try DurableFile.sync(home.images)
            try Folders.create(home.imports)
            try JSONRecord.write(kept, to: home.imports.appending("\(record.name).json"))
        } catch { throw DiskFailure(error) }
        if let old, old.digest != record.digest, try !imports().contains(where: { $0.digest == old.digest }) {
            for entry in try entries() where entry.kind == .unknown && entry.digest == old.digest {
                // What was built on it goes on reading from it.
                guard ImageBase.images(on: entry.disk, home: home).isEmpty else { continue }
                try await discard(entry)
            }
        }
        return kept
    }

    /// - Returns: the record where the same disk has the name already; nil where nothing is in the way.
    func existing(_ name: String, _ sourceDigest: String, replace: Bool) throws(DiskFailure) -> ImportRecord? {
        guard let record = try importRecord(name) else { return nil }
        if record.sourceDigest == sourceDigest, Folders.exists(disk(record.digest)) { return record }
        guard replace else {
            throw DiskFailure(
                .nameTaken,
                "\(name) stands for another disk, \(record.source) of \(record.imported.formatted(.iso8601))",
                hint: "choose another name, or give --replace")
        }
        for entry in try entries() where entry.kind == .imported && entry.name == name {
            try checkUnused(entry, force: false)
        }
        return nil
    }

    /// A folder for an image in the making, on the file system of the images, and the lock that says its owner lives.
    func makeDraft() async throws(DiskFailure) -> (FilePath, FileLock) {
        let lock = try await lock(for: "importing a disk")
        defer { _ = lock }
        try sweepDrafts()
        let draft = home.images.appending(Self.draftPrefix + String(UInt64.random(in: 0 ... .max), radix: 36))
        do {
            try Folders.create(draft)
            guard let owner = try FileLock.tryAcquire(draft.appending("lock")) else {
                throw HostFailure(.busy, "the new folder \(draft) is locked")
            }
            return (draft, owner)
        } catch let failure as HostFailure {
            throw DiskFailure(failure)
        } catch {
            throw DiskFailure(.commandFailed, "\(error)", cause: error)
        }
    }

    static func check(_ name: String, taken: Set<String>) throws(DiskFailure) {
        let allowed = name.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || ".-_".utf8.contains($0)
        }
        guard allowed, name.utf8.count <= 128, let first = name.utf8.first, !".-_".utf8.contains(first),
            !name.hasPrefix("ami-"), !name.hasSuffix(".json")
        else {
            throw DiskFailure(
                .invalidName, "'\(name)' is no name for an image",
                hint: "lower-case letters, digits, and . _ - after the first; not ami-…")
        }
        guard !taken.contains(name) else {
            throw DiskFailure(
                .nameTaken, "the name \(name) is the catalogue's",
                hint: "choose another, and say in kiln.yaml which parents it stands for")
        }
    }
}
