import Failures
import Glibc
public import SystemPackage

/// Where Kiln keeps things. Two homes never meet: nothing outside these folders is written but what the user names.
///
///     data/kiln.db                    builds, steps, images, events
///     data/images/sha256-…/           frozen images: disk.qcow2, base.json where it reads from another file,
///                                     packages.json
///     data/parts/<key>/               what images have in common, see `ImageParts`
///     data/imports/<name>.json        imported disks: which image has which name
///     data/builds/<id>/               lock, overlays/, logs/, exports
///     data/layers/<key>/              finished components, see `LayerStore`
///     data/guests/                    what running guests have of the host, see `HostBudget`
///     data/executions/<image>/        what processes of `kiln serve` that build images say
///     data/serve/                     how far its events have been told, and who carries lifecycles out
///     data/runs/<id>/                 the throwaway guest of a `kiln run`, while it lives
///     config/keys/, config/trusted/   keys that sign bundles, and those whose signatures count
///     cache/bases/<key>/              base images made from definitions
///     cache/libvirt/<slot>/           roots of the embedded libvirt driver
///     cache/libguestfs/               the appliance
///     cache/acceleration.json         what the probe found
public struct KilnHome: Sendable {
    public let data: FilePath
    public let cache: FilePath
    public let config: FilePath

    /// - Parameter config: nil: `config/` in the data.
    public init(data: FilePath, cache: FilePath, config: FilePath? = nil) {
        self.data = data
        self.cache = cache
        self.config = config ?? data.appending("config")
    }

    /// `$KILN_HOME` (with `cache/` and `config/` in it), else the XDG data, cache and config folders.
    public init(environment: [String: String]) {
        func folder(_ variable: String, _ fallback: String) -> FilePath {
            if let value = environment[variable], value.hasPrefix("/") { return FilePath(value).appending("kiln") }
            return FilePath(environment["HOME"] ?? "/root").appending(fallback).appending("kiln")
        }
        if let root = environment["KILN_HOME"], !root.isEmpty {
            let absolute = root.hasPrefix("/") ? FilePath(root) : FilePath(Self.currentDirectory).appending(root)
            self.init(data: absolute.lexicallyNormalized(), cache: absolute.lexicallyNormalized().appending("cache"))
        } else {
            self.init(
                data: folder("XDG_DATA_HOME", ".local/share"), cache: folder("XDG_CACHE_HOME", ".cache"),
                config: folder("XDG_CONFIG_HOME", ".config"))
        }
    }

    public var database: FilePath { data.appending("kiln.db") }
    public var images: FilePath { data.appending("images") }
    public var parts: FilePath { data.appending("parts") }
    public var imports: FilePath { data.appending("imports") }
    /// Held for the moments in which images are put in place, claimed by a build, or removed.
    public var imagesLock: FilePath { data.appending("images.lock") }
    public var builds: FilePath { data.appending("builds") }
    public var layers: FilePath { data.appending("layers") }
    public var layersLock: FilePath { data.appending("layers.lock") }
    public var runs: FilePath { data.appending("runs") }
    public var bases: FilePath { cache.appending("bases") }
    public var libvirt: FilePath { cache.appending("libvirt") }
    public var libguestfs: FilePath { cache.appending("libguestfs") }
    public var acceleration: FilePath { cache.appending("acceleration.json") }

    /// The process's working directory.
    public static var currentDirectory: String {
        guard let name = getcwd(nil, 0) else { return "/" }
        defer { free(name) }
        return String(cString: name)
    }
}
