import AWSClient

/// A task as DescribeImport…Tasks shows it.
struct ImportRecord: Sendable {
    enum Kind: String, Sendable {
        case snapshot = "import-snap-"
        case image = "import-ami-"
    }

    struct Disk: Sendable, Equatable {
        var location: S3Location
        var format: String
        var description: String?
        /// Bytes of the object, when it is known.
        var size = 0
        var snapshotID: String?
    }

    enum Status: Sendable, Equatable {
        case active(LocalImports.Stage)
        case completed
        case deleted(String?)

        var word: String {
            switch self {
            case .active: "active"
            case .completed: "completed"
            case .deleted: "deleted"
            }
        }
    }

    let id: String
    let kind: Kind
    let region: String
    let form: ImportForm
    var disks: [Disk]
    var imageID: String?
    var status: Status = .active(.pending)

    var tags: [String: String] {
        form.tags(of: kind == .snapshot ? "import-snapshot-task" : "import-image-task")
    }
    var isEncrypted: Bool { form["Encrypted"] == "true" }

    /// - Throws: `Refusal`, for what EC2 says at once.
    init(_ form: ImportForm, _ kind: Kind, region: String) throws(LocalImports.Refusal) {
        let hex = (0..<17).map { _ in String(Int.random(in: 0..<16), radix: 16) }.joined()
        (id, self.kind, self.region, self.form) = (kind.rawValue + hex, kind, region, form)
        disks = try Self.disks(form, kind)
        guard form["KmsKeyId"] == nil || form["Encrypted"] == "true" else {
            throw .init(
                "InvalidParameterCombination", "The parameter KmsKeyId requires the parameter Encrypted to be set")
        }
        guard kind == .image else { return }
        if let architecture = form["Architecture"], !["i386", "x86_64"].contains(architecture) {
            throw .init("InvalidParameterValue", "The architecture \(architecture) is not supported for imports")
        }
        if let mode = form["BootMode"], !["legacy-bios", "uefi"].contains(mode) {
            throw .init("InvalidParameterValue", "The boot mode \(mode) is not supported for imports")
        }
    }

    private static func disks(_ form: ImportForm, _ kind: Kind) throws(LocalImports.Refusal) -> [Disk] {
        let containers = kind == .snapshot ? ["DiskContainer"] : form.groups("DiskContainer")
        guard !containers.isEmpty else {
            throw .init("MissingParameter", "The request must contain the parameter DiskContainers")
        }
        var disks: [Disk] = []
        for under in containers {
            guard let format = form["\(under).Format"].map({ $0.uppercased() }) else {
                throw .init("MissingParameter", "The request must contain the parameter Format")
            }
            guard ["RAW", "VMDK", "VHD"].contains(format) else {
                throw .init("InvalidParameter", "The disk image format \(format) is not supported")
            }
            guard let bucket = form["\(under).UserBucket.S3Bucket"], let key = form["\(under).UserBucket.S3Key"] else {
                throw .init("MissingParameter", "The request must contain the parameter UserBucket")
            }
            disks.append(
                Disk(
                    location: S3Location(bucket: bucket, key: key), format: format,
                    description: form["\(under).Description"]))
        }
        return disks
    }
}
