/// One thing about a disk that stands between it and a running instance.
public struct EC2Finding: Sendable, Codable, Equatable {
    public enum Severity: String, Sendable, Codable {
        /// EC2 would refuse it, or it would not start there.
        case error
        /// It starts, and something is missing or will not work.
        case warning
    }

    /// How the disk gets into EC2.
    public enum Way: String, Sendable, Codable, CaseIterable {
        case importSnapshot = "import-snapshot"
        case importImage = "import-image"
        case ebsDirect = "ebs-direct"
    }

    public enum Code: String, Sendable, Codable, CaseIterable {
        case size, architecture, noSystem, severalSystems, encrypted, lvm, subvolume, freeSpace
        case bootLoader, uefiLoader, mbrSize
        case kernel, nvmeDriver, nvmeInitramfs, initramfsUnread, enaDriver, rootName, console, interfaceNames
        case fstabName, fstabMissing
        case cloudInit, datasource, seed
        case networkDHCP, networkStatic, networkName, hardwareAddress
    }

    public var code: Code
    public var severity: Severity
    /// The ways that it holds for.
    public var ways: [Way]
    /// What was found.
    public var message: String
    /// How it is mended.
    public var mend: String

    public init(_ code: Code, _ severity: Severity, ways: [Way] = Way.allCases, _ message: String, mend: String) {
        self.code = code
        self.severity = severity
        self.ways = ways
        self.message = message
        self.mend = mend
    }
}
