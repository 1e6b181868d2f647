import Disks
import Guests
import HostSystem
import SystemPackage

/// A guest that has booted, of which copies are made: what its layer's record has besides. The files lie in the layer's folder.
struct KeptBoot: Sendable, Codable, Equatable {
    /// What was booted and how: the key of the ingredients that the boots of the same have in common.
    var wanted: String
    var snapshot: GuestSnapshot
    /// SHA-256 of the RAM's compressed file, 64 hexadecimal digits.
    var memoryDigest: String
}

/// What a guest boots on: a layer in the store, or a parent that is known by its digest.
struct BootGround: Sendable {
    /// As `LayerIngredients.below`.
    var key: String
    var disk: FilePath
    /// SHA-256 of the disk's file.
    var digest: String
    /// What else decides what a boot makes of it.
    var settings: [String: String]

    /// - Parameter gibibytes: of the disk; nil: as large as the parent's.
    static func parent(_ parent: ParentDisk, gibibytes: Int?) -> BootGround {
        BootGround(
            key: LayerIngredients.parentPrefix + parent.digest, disk: FilePath(parent.disk), digest: parent.digest,
            settings: settings(parent, gibibytes))
    }

    static func settings(_ parent: ParentDisk, _ gibibytes: Int?) -> [String: String] {
        [
            "diskGiB": gibibytes.map { "\($0)" } ?? "the parent's",
            "agent": parent.agent.needsBundle ? "brought in" : "its own",
        ]
    }

    func ingredients(_ scope: String) -> LayerIngredients {
        LayerIngredients(
            below: key, document: "boot", parameters: [:],
            settings: settings.merging(["scope": scope]) { own, _ in own })
    }
}

/// A kept boot that is used: it stays while this lives.
struct HeldBoot: Sendable {
    var record: LayerRecord
    /// With the files' paths in this home.
    var snapshot: GuestSnapshot
    /// What the snapshot names.
    let memory: BootMemory
    let lock: FileLock
}
