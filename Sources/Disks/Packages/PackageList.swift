public import Failures
public import HostSystem
public import SystemPackage

/// The packages of an image's system: `packages.json` beside its disk, for as long as that is there.
public enum PackageList {
    /// - Returns: nil for an image that nobody has looked into for them.
    public static func read(beside disk: FilePath) -> [InstalledPackage]? { JSONRecord.read(file(of: disk)) }

    public static func write(_ packages: [InstalledPackage], beside disk: FilePath) throws(HostFailure) {
        try JSONRecord.write(packages, to: file(of: disk))
    }

    private static func file(of disk: FilePath) -> FilePath {
        disk.removingLastComponent().appending("packages.json")
    }
}
