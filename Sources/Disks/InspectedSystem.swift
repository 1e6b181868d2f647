/// What libguestfs' inspection says of a disk (guestfs(3), INSPECTION).
public struct InspectedSystem: Sendable, Codable, Equatable {
    /// A file system as the system itself mounts it. The device is the appliance's name for it.
    public struct Mount: Sendable, Codable, Equatable {
        public var device: String
        public var point: String
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
