/// What libguestfs' inspection says of a disk (guestfs(3), INSPECTION).
public struct InspectedSystem: Sendable, Codable, Equatable {
    /// A file system as the system itself mounts it. The device is its name in a session with this disk alone.
    public struct Mount: Sendable, Codable, Equatable {
        public var device: String
        public var point: String

        /// An appliance that was started early has the disk as its third; the next session will have it as its first.
        var onFirstDisk: Mount {
            let prefix = "/dev/sd"
            guard device.hasPrefix(prefix) else { return self }
            return Mount(device: "\(prefix)a\(device.dropFirst(prefix.count + 1))", point: point)
        }
    }

    public var kind: String
    public var distribution: String
    public var majorVersion: Int
    public var minorVersion: Int
    /// "Rocky Linux 9.4 (Blue Onyx)", but of Debian "12.15" only.
    public var productName: String
    public var architecture: String
    public var packageFormat: String
    public var mounts: [Mount] = []

    /// For people: "Rocky Linux 9.4 (Blue Onyx)", "debian 12.15".
    public var title: String {
        productName.first?.isLetter == true ? productName : "\(distribution) \(productName)"
    }
}
