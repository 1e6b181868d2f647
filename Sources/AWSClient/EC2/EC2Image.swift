/// An image as EC2 shows it.
public struct EC2Image: Sendable, Equatable {
    /// "ami-…"
    public let id: String
    public let name: String?
    public let description: String?
    /// "pending", "available", "failed", "invalid", "deregistered", "disabled", …
    public let state: String
    /// Why it is not what it should be.
    public let stateReason: String?
    public let ownerID: String?
    public let isPublic: Bool
    public let architecture: String?
    public let bootMode: String?
    public let enaSupport: Bool?
    /// "v2.0" where a session token is wanted.
    public let imdsSupport: String?
    public let tpmSupport: String?
    public let rootDeviceName: String?
    public let devices: [Device]
    /// RFC 3339
    public let creationDate: String?
    /// RFC 3339
    public let deprecationTime: String?
    public let tags: [String: String]
    /// Marks that copies of it have too: "ACCOUNT:NAME".
    public let watermarks: [String]

    public struct Device: Sendable, Equatable {
        public let name: String?
        public let snapshotID: String?
        /// GiB
        public let size: Int?
        public let volumeType: String?
        public let encrypted: Bool?
        public let deleteOnTermination: Bool?
    }
}

/// The elements of DescribeImages, by EC2's names.
struct EC2ImageElement: Decodable, Sendable {
    var imageId: String
    var name: String?
    var description: String?
    var imageState: String?
    var stateReason: Reason?
    var imageOwnerId: String?
    var isPublic: Bool?
    var architecture: String?
    var bootMode: String?
    var enaSupport: Bool?
    var imdsSupport: String?
    var tpmSupport: String?
    var rootDeviceName: String?
    var blockDeviceMapping: XMLItems<Mapping>?
    var creationDate: String?
    var deprecationTime: String?
    var tagSet: XMLItems<EC2Tag>?
    var imageWatermarkSet: XMLItems<Watermark>?

    struct Watermark: Decodable, Sendable {
        var watermarkKey: String?
    }

    struct Reason: Decodable, Sendable {
        var code: String?
        var message: String?
    }

    struct Mapping: Decodable, Sendable {
        var deviceName: String?
        var ebs: Volume?
    }

    struct Volume: Decodable, Sendable {
        var snapshotId: String?
        var volumeSize: Int?
        var volumeType: String?
        var encrypted: Bool?
        var deleteOnTermination: Bool?
    }

    var image: EC2Image {
        EC2Image(
            id: imageId, name: name, description: description, state: imageState ?? "unknown",
            stateReason: stateReason.flatMap { $0.message ?? $0.code }, ownerID: imageOwnerId,
            isPublic: isPublic ?? false, architecture: architecture, bootMode: bootMode, enaSupport: enaSupport,
            imdsSupport: imdsSupport, tpmSupport: tpmSupport, rootDeviceName: rootDeviceName,
            devices: (blockDeviceMapping?.elements ?? []).map {
                EC2Image.Device(
                    name: $0.deviceName, snapshotID: $0.ebs?.snapshotId, size: $0.ebs?.volumeSize,
                    volumeType: $0.ebs?.volumeType, encrypted: $0.ebs?.encrypted,
                    deleteOnTermination: $0.ebs?.deleteOnTermination)
            }, creationDate: creationDate, deprecationTime: deprecationTime, tags: tagSet?.dictionary ?? [:],
            watermarks: imageWatermarkSet?.elements.compactMap(\.watermarkKey) ?? [])
    }
}
