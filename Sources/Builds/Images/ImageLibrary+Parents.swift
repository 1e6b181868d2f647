public import Disks
public import Documents
public import Failures
import HostSystem
import SystemPackage

/// Images as the parents of recipes.
extension ImageLibrary {
    /// An imported disk by its name.
    ///
    /// - Throws: `DiskFailure`: `notFound` where the record is there but its image is gone.
    public func imported(_ name: String) throws(DiskFailure) -> ParentDisk? {
        guard let record = try importRecord(name) else { return nil }
        let disk = disk(record.digest)
        guard Folders.exists(disk) else {
            throw DiskFailure(
                .notFound, "the image of \(name) is gone from \(disk)", hint: "import it again: \(record.source)")
        }
        return ParentDisk(
            kind: .imported, name: name, digest: record.digest, disk: disk.string, agent: record.contents.agent,
            bootModes: record.contents.bootModes, system: record.contents.system)
    }

    /// The newest AVAILABLE image that Kiln has built of a recipe: of the newest version that matches, the newest build. One
    /// that was disabled is none.
    ///
    /// - Parameters:
    ///   - name: the recipe's, in the form that it has in an ARN or as it is written.
    ///   - build: counts the builds of a version that became AVAILABLE, from 1; nil is the newest.
    public func built(_ name: String, version: VersionPattern = .any, build: Int? = nil) -> ParentDisk? {
        let wanted = ImageBuilderARN.resourceName(name)
        let builds = BuildFolder.all(home: home).filter {
            $0.state == .available && ImageBuilderARN.resourceName($0.recipe) == wanted
        }
        let there = builds.filter { isUsable($0.image) }
        guard let newest = version.newest(in: there.compactMap { SemanticVersion($0.version) }) else { return nil }
        // The newest first, as they come.
        let candidates = builds.filter { SemanticVersion($0.version) == newest }
        let chosen: BuildRecord?
        if let build {
            chosen = build >= 1 && build <= candidates.count ? candidates[candidates.count - build] : nil
        } else {
            chosen = candidates.first { isUsable($0.image) }
        }
        guard let chosen, let digest = chosen.image, isUsable(digest) else { return nil }
        return ParentDisk(
            kind: .built, name: chosen.recipe, version: chosen.version, digest: digest, disk: disk(digest).string,
            agent: chosen.agent ?? .usable, bootModes: chosen.parent?.bootModes, system: chosen.system)
    }

    /// A local name: an import's, else a recipe's, `NAME` or `NAME/VERSION`.
    public func named(_ text: String) throws(DiskFailure) -> ParentDisk? {
        if let disk = try imported(text) { return disk }
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        guard let name = parts.first, let version = VersionPattern(parts.count > 1 ? parts[1] : "x.x.x") else {
            return nil
        }
        return built(name, version: version)
    }

    /// The names that a recipe may use beside the catalogue's.
    public func names() throws(DiskFailure) -> [String] {
        let built = BuildFolder.all(home: home).filter { $0.state == .available }.map(\.recipe)
        return Set(try imports().map(\.name) + built).sorted()
    }
}
