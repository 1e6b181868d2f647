/// What libguestfs' inspection says of a disk (guestfs(3), INSPECTION).
public struct InspectedSystem: Sendable, Codable, Equatable {
    /// A file system as the system itself mounts it. The device is its name in a session with this disk alone.
    public struct Mount: Sendable, Codable, Equatable {
        public var device: String
        public var point: String

        /// An appliance that was started early has the disk as its third; the next session will have it as its first.
        var onFirstDisk: Mount { on("/dev/sda") }

        /// - Parameter disk: a device such as /dev/sdc.
        func on(_ disk: String) -> Mount {
            let length = "/dev/sda".count
            guard device.hasPrefix("/dev/sd"), disk.count == length else { return self }
            return Mount(device: "\(disk)\(device.dropFirst(length))", point: point)
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
    /// SHA-256 of what the inspection goes by: a disk with the same need not be inspected again. nil in older records.
    public var evidence: String?

    /// For people: "Rocky Linux 9.4 (Blue Onyx)", "debian 12.15".
    public var title: String {
        productName.first?.isLetter == true ? productName : "\(distribution) \(productName)"
    }
}
