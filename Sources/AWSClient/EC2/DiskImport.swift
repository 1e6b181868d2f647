/// What ImportSnapshot is told: a disk in S3 that becomes a snapshot, unchanged.
public struct SnapshotImport: Sendable, Equatable {
    public var location: S3Location
    public var format: Format
    public var description: String?
    /// The same one gives the same task. At most 64 letters.
    public var token: String
    /// "vmimport" where nil.
    public var roleName: String?
    public var encrypted = false
    public var kmsKeyID: String?
    /// Of the task.
    public var tags: [String: String] = [:]

    public enum Format: String, Sendable {
        case raw = "RAW"
        case vmdk = "VMDK"
        case vhd = "VHD"
    }

    public init(_ location: S3Location, _ format: Format, token: String) {
        self.location = location
        self.format = format
        self.token = token
    }

    var form: QueryForm {
        var form = QueryForm()
        form.set("ClientToken", token)
        form.set("Description", description)
        form.set("DiskContainer.Description", description)
        form.set("DiskContainer.Format", format.rawValue)
        form.set("DiskContainer.UserBucket.S3Bucket", location.bucket)
        form.set("DiskContainer.UserBucket.S3Key", location.key)
        form.set("RoleName", roleName)
        form.set("Encrypted", encrypted || kmsKeyID != nil ? true : nil)
        form.set("KmsKeyId", kmsKeyID)
        form.setTagSpecifications([("import-snapshot-task", tags)])
        return form
    }
}

/// What ImportImage is told: disks in S3 that become an image, after EC2 has changed the system on them.
public struct ImageImport: Sendable, Equatable {
    public var disks: [(location: S3Location, format: SnapshotImport.Format)]
    public var description: String?
    /// The same one gives the same task. At most 64 letters.
    public var token: String
    public var architecture: ImageRegistration.Architecture
    /// `legacyBIOS` or `uefi`; EC2 imports no other.
    public var bootMode: ImageRegistration.BootMode
    /// "Linux" or "Windows".
    public var platform = "Linux"
    /// "BYOL" or "AWS".
    public var licenseType: String?
    /// "vmimport" where nil.
    public var roleName: String?
    public var encrypted = false
    public var kmsKeyID: String?
    /// Of the task.
    public var tags: [String: String] = [:]

    public init(
        disks: [(location: S3Location, format: SnapshotImport.Format)],
        architecture: ImageRegistration.Architecture, bootMode: ImageRegistration.BootMode, token: String
    ) {
        self.disks = disks
        self.architecture = architecture
        self.bootMode = bootMode
        self.token = token
    }

    public static func == (one: ImageImport, other: ImageImport) -> Bool { one.form == other.form }

    var form: QueryForm {
        var form = QueryForm()
        form.set("ClientToken", token)
        form.set("Description", description)
        form.set("Architecture", architecture.rawValue)
        form.set("BootMode", bootMode.rawValue)
        form.set("Platform", platform)
        form.set("LicenseType", licenseType)
        form.set("RoleName", roleName)
        form.set("Encrypted", encrypted || kmsKeyID != nil ? true : nil)
        form.set("KmsKeyId", kmsKeyID)
        form.set("DiskContainer", each: disks) { form, under, disk in
            form.set("\(under).Format", disk.format.rawValue)
            form.set("\(under).UserBucket.S3Bucket", disk.location.bucket)
            form.set("\(under).UserBucket.S3Key", disk.location.key)
        }
        form.setTagSpecifications([("import-image-task", tags)])
        return form
    }
}

/// Where an import stands.
public struct ImportTask: Sendable, Equatable {
    /// "import-snap-…", "import-ami-…"
    public let id: String
    /// "active", "completed", "deleting", "deleted", …
    public let status: String
    /// What it is doing, or why it ended.
    public let statusMessage: String?
    /// Per cent.
    public let progress: Int?
    /// Of ImportImage, when it is there.
    public let imageID: String?
    /// When they are there.
    public let snapshotIDs: [String]
    public let tags: [String: String]

    /// Nothing happens to it any more.
    public var hasEnded: Bool { ["completed", "deleted", "cancelled", "error"].contains(status) }
}
