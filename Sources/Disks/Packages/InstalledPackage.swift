/// A package of an image's system, as the system's package manager calls it.
public struct InstalledPackage: Sendable, Hashable, Codable, Comparable {
    public var name: String
    public var version: String

    public init(_ name: String, _ version: String) {
        self.name = name
        self.version = version
    }

    public static func < (first: InstalledPackage, second: InstalledPackage) -> Bool {
        (first.name, first.version) < (second.name, second.version)
    }

    /// In the order of names; of two architectures the same version counts once.
    static func list(_ found: some Sequence<InstalledPackage>) -> [InstalledPackage] { Set(found).sorted() }
}
