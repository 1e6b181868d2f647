public import Disks
public import Failures
import Foundation
public import HostSystem
import SystemPackage

/// The images of one home: made from definitions, imported, and built.
public struct ImageLibrary: Sendable {
    public let home: KilnHome

    public init(home: KilnHome) { self.home = home }

    /// Everything there is, by name, the newest of a name first.
    ///
    /// - Throws: `DiskFailure` for folders that can't be read, and for a record that is damaged.
    public func entries() throws(DiskFailure) -> [ImageEntry] {
        var entries = try made()
        var known: Set<String> = []
        for record in try imports() {
            known.insert(record.digest)
            entries.append(entry(record))
        }
        entries += built()
        known.formUnion(entries.compactMap { $0.kind == .built ? $0.digest : nil })
        for name in try names(home.images) where name.hasPrefix("sha256-") {
            let digest = String(name.dropFirst(7))
            let disk = home.images.appending(name).appending("disk.qcow2")
            guard !known.contains(digest), Folders.exists(disk) else { continue }
            entries.append(
                ImageEntry(
                    kind: .unknown, name: "-", digest: digest, state: .failed, size: size(disk),
                    virtualSize: QemuImage.virtualSize(ofQcow2: disk) ?? 0, disk: disk.string))
        }
        return entries.sorted { ($0.name, $1.created ?? .distantPast) < ($1.name, $0.created ?? .distantPast) }
    }

    /// The one image that a name, NAME/VERSION, or the beginning of a digest means.
    ///
    /// - Throws: `DiskFailure`: `notFound`, `invalidName` where it means several.
    public func find(_ text: String) throws(DiskFailure) -> ImageEntry {
        let all = try entries()
        let digest = text.hasPrefix("sha256:") || text.hasPrefix("sha256-") ? String(text.dropFirst(7)) : text
        var matches = all.filter { $0.name == text || "\($0.name)/\($0.version ?? "")" == text }
        if matches.isEmpty, digest.count >= 6 { matches = all.filter { $0.digest.hasPrefix(digest) } }
        guard let first = matches.first else {
            throw DiskFailure(.notFound, "there is no image '\(text)'", hint: "kiln image ls")
        }
        guard matches.count == 1 else {
            let which = matches.prefix(8).map {
                "\($0.name)\($0.version.map { "/\($0)" } ?? "") \($0.digest.prefix(12))"
            }
            throw DiskFailure(
                .invalidName, "'\(text)' means \(matches.count) images: \(which.joined(separator: ", "))",
                hint: "give the digest, or NAME/VERSION")
        }
        return first
    }

    // MARK: Records

    func imports() throws(DiskFailure) -> [ImportRecord] {
        var records: [ImportRecord] = []
        for file in try names(home.imports) where file.hasSuffix(".json") && !file.hasPrefix(".") {
            if let record = try importRecord(String(file.dropLast(5))) { records.append(record) }
        }
        return records
    }

    /// - Throws: `DiskFailure` where the record is there and can't be read: it is not to be taken for none.
    func importRecord(_ name: String) throws(DiskFailure) -> ImportRecord? {
        let file = home.imports.appending("\(name).json")
        guard Folders.exists(file) else { return nil }
        do {
            return try JSONRecord.decoder.decode(ImportRecord.self, from: Data(try Folders.read(file)))
        } catch {
            throw DiskFailure(
                .invalidDefinition, "the record \(file) is damaged: \(error)",
                hint: "remove it, and import the disk again")
        }
    }

    func disk(_ digest: String) -> FilePath { home.images.appending("sha256-\(digest)").appending("disk.qcow2") }

    private func made() throws(DiskFailure) -> [ImageEntry] {
        try names(home.bases).compactMap { name in
            let folder = home.bases.appending(name)
            let disk = folder.appending("disk.qcow2")
            guard Folders.exists(disk) else { return nil }
            let record = BaseImageRecord.load(folder)
            return ImageEntry(
                kind: .made, name: record?.name ?? "-", digest: record?.digest ?? name, state: .available,
                created: record?.created, size: size(disk),
                virtualSize: QemuImage.virtualSize(ofQcow2: disk) ?? 0, parent: "definition \(name.prefix(12))",
                agent: .usable, bootModes: [.bios, .uefi], disk: disk.string)
        }
    }

    /// One entry an image, however many builds of a version found that nothing had changed: of the newest that ended well.
    private func built() -> [ImageEntry] {
        var entries: [ImageEntry] = []
        for build in BuildFolder.all(home: home) {
            guard let digest = build.image, let entry = entry(build, digest) else { continue }
            let known = entries.firstIndex {
                $0.digest == digest && $0.name == entry.name && $0.version == entry.version
            }
            if let known {
                if entries[known].state != .available { entries[known] = entry }
            } else {
                entries.append(entry)
            }
        }
        return entries
    }

    private func entry(_ record: ImportRecord) -> ImageEntry {
        let disk = disk(record.digest)
        return ImageEntry(
            kind: .imported, name: record.name, digest: record.digest,
            state: Folders.exists(disk) ? .available : .failed, created: record.imported, size: size(disk),
            virtualSize: record.virtualSize, parent: record.source, parentDigest: record.sourceDigest,
            system: record.contents.system, agent: record.contents.agent, bootModes: record.contents.bootModes,
            disk: disk.string)
    }

    private func entry(_ build: BuildRecord, _ digest: String) -> ImageEntry? {
        let disk = disk(digest)
        guard Folders.exists(disk) else { return nil }
        return ImageEntry(
            kind: .built, name: build.recipe, version: build.version, digest: digest, state: build.state,
            created: build.ended ?? build.started, size: size(disk),
            virtualSize: QemuImage.virtualSize(ofQcow2: disk) ?? 0, parent: build.parent?.label,
            parentDigest: build.parent?.digest, system: build.system, agent: build.agent,
            bootModes: build.parent?.bootModes, build: build.id, disk: disk.string)
    }

    private func size(_ file: FilePath) -> Int64 { (try? Folders.allocated(file)) ?? 0 }

    func names(_ folder: FilePath) throws(DiskFailure) -> [String] {
        do { return try Folders.names(in: folder) } catch { throw DiskFailure(error) }
    }
}
