public import Failures

/// Everything that RegisterImage says of an image. What EC2 would guess where it is not said (i386, BIOS, no ENA) has no default here.
public struct ImageRegistration: Sendable, Equatable {
    /// 3 to 128 letters, digits, blanks and ( ) [ ] . / - ' @ _ ; one of a name in each account and region.
    public var name: String
    public var description: String?
    public var architecture: Architecture
    public var bootMode: BootMode
    public var enaSupport: Bool
    /// Instances answer metadata requests with a session token only.
    public var requiresIMDSv2: Bool
    /// A NitroTPM of version 2.0; wants `BootMode.uefi`.
    public var hasTPM: Bool
    /// "/dev/xvda"; one of `devices` has this name.
    public var rootDeviceName: String
    public var devices: [ImageDevice]
    /// The UEFI variables to begin with, base64.
    public var uefiData: String?
    public var tags: [String: String] = [:]

    public enum Architecture: String, Codable, Sendable {
        case x86_64, arm64
    }

    public enum BootMode: String, Codable, Sendable {
        case legacyBIOS = "legacy-bios"
        case uefi
        /// UEFI where the instance type can, BIOS elsewhere.
        case uefiPreferred = "uefi-preferred"
    }

    public init(
        name: String, description: String? = nil, architecture: Architecture, bootMode: BootMode, enaSupport: Bool,
        requiresIMDSv2: Bool, hasTPM: Bool, rootDeviceName: String, devices: [ImageDevice], uefiData: String? = nil,
        tags: [String: String] = [:]
    ) {
        self.name = name
        self.description = description
        self.architecture = architecture
        self.bootMode = bootMode
        self.enaSupport = enaSupport
        self.requiresIMDSv2 = requiresIMDSv2
        self.hasTPM = hasTPM
        self.rootDeviceName = rootDeviceName
        self.devices = devices
        self.uefiData = uefiData
        self.tags = tags
    }

    /// Letters of a name.
    public static let nameLength = 3...128

    public static func mayBeInName(_ sign: Character) -> Bool {
        sign.isASCII && (sign.isLetter || sign.isNumber || " ()[]./-'@_".contains(sign))
    }

    /// - Throws: `badRequest` for what EC2 would refuse, or take and not boot.
    public func check() throws(AWSFailure) {
        guard Self.nameLength.contains(name.count), name.allSatisfy(Self.mayBeInName) else {
            throw AWSFailure(
                .badRequest, "\"\(name)\" cannot be the name of an image",
                hint: "3 to 128 letters, digits, blanks and ( ) [ ] . / - ' @ _")
        }
        guard architecture != .arm64 || bootMode == .uefi else {
            throw AWSFailure(.badRequest, "an arm64 image boots by UEFI only", hint: "its boot mode must be uefi")
        }
        guard !hasTPM || bootMode == .uefi else {
            throw AWSFailure(.badRequest, "an image with a TPM boots by UEFI only", hint: "its boot mode must be uefi")
        }
        guard devices.contains(where: { $0.name == rootDeviceName && $0.snapshotID != nil }) else {
            throw AWSFailure(.badRequest, "the root device \(rootDeviceName) of \(name) has no snapshot")
        }
    }

    var form: QueryForm {
        var form = QueryForm()
        form.set("Name", name)
        form.set("Description", description)
        form.set("Architecture", architecture.rawValue)
        form.set("VirtualizationType", "hvm")
        form.set("SriovNetSupport", "simple")
        form.set("EnaSupport", enaSupport)
        form.set("BootMode", bootMode.rawValue)
        form.set("ImdsSupport", requiresIMDSv2 ? "v2.0" : nil)
        form.set("TpmSupport", hasTPM ? "v2.0" : nil)
        form.set("UefiData", uefiData)
        form.set("RootDeviceName", rootDeviceName)
        form.set("BlockDeviceMapping", each: devices) { form, under, device in device.write(to: &form, under) }
        form.setTagSpecifications([("image", tags)])
        return form
    }
}

/// A disk of an image.
public struct ImageDevice: Sendable, Equatable {
    /// "/dev/xvda"
    public var name: String
    /// What the volume begins as; nil for an empty one.
    public var snapshotID: String?
    /// GiB; not smaller than the snapshot's.
    public var size: Int
    /// "gp3"
    public var volumeType: String
    public var iops: Int?
    /// MiB/s
    public var throughput: Int?
    public var deleteOnTermination: Bool
    /// Of an empty volume; one made of a snapshot is as the snapshot.
    public var encrypted: Bool?

    public init(
        name: String, snapshotID: String?, size: Int, volumeType: String = "gp3", iops: Int? = nil,
        throughput: Int? = nil, deleteOnTermination: Bool = true, encrypted: Bool? = nil
    ) {
        self.name = name
        self.snapshotID = snapshotID
        self.size = size
        self.volumeType = volumeType
        self.iops = iops
        self.throughput = throughput
        self.deleteOnTermination = deleteOnTermination
        self.encrypted = encrypted
    }

    func write(to form: inout QueryForm, _ under: String) {
        form.set("\(under).DeviceName", name)
        form.set("\(under).Ebs.SnapshotId", snapshotID)
        form.set("\(under).Ebs.VolumeSize", size)
        form.set("\(under).Ebs.VolumeType", volumeType)
        form.set("\(under).Ebs.Iops", iops)
        form.set("\(under).Ebs.Throughput", throughput)
        form.set("\(under).Ebs.DeleteOnTermination", deleteOnTermination)
        // EC2 refuses the word beside a snapshot.
        if snapshotID == nil { form.set("\(under).Ebs.Encrypted", encrypted) }
    }
}
