extension ActionModule {
    /// What the action's `inputs` may hold.
    public var schema: ActionSchema {
        switch self {
        case .assert: ActionSchema(.condition)
        case .executeBash: ActionSchema(.mapping, [.commands(required: true)])
        case .executeBinary:
            ActionSchema(.mapping, [.path, ActionField("arguments", .strings)])
        case .executePowerShell:
            ActionSchema(.mapping, [.commands(required: false), ActionField("file")], oneOf: ["commands", "file"])
        case .executeDocument:
            ActionSchema(
                .mapping,
                [
                    ActionField("document", required: true), ActionField("document-s3-bucket-owner"),
                    ActionField("phases"), ActionField("parameters", .parameters),
                ])
        case .s3Download:
            ActionSchema(
                .list, [.source, .destination, ActionField("expectedBucketOwner"), .overwrite])
        case .s3Upload:
            ActionSchema(
                .list,
                [
                    .source, .destination, ActionField("recurse", .bool, default: "false"),
                    ActionField("expectedBucketOwner"),
                ])
        case .webDownload:
            ActionSchema(
                .list,
                [
                    .source, .destination, .overwrite, ActionField("checksum"),
                    ActionField("algorithm", allowed: ["MD5", "SHA1", "SHA256", "SHA512"], ignoresCase: true),
                    ActionField("ignoreCertificateErrors", .bool, default: "false"),
                ], together: ["checksum", "algorithm"])
        case .installMSI, .uninstallMSI: Self.installerSchema
        case .reboot: ActionSchema(.mapping, [ActionField("delaySeconds", .integer, default: "0")])
        case .setRegistry:
            ActionSchema(
                .list,
                [
                    .path, ActionField("name", required: true), ActionField("value", .scalars, required: true),
                    ActionField(
                        "type", required: true, allowed: ["BINARY", "DWORD", "QWORD", "SZ", "EXPAND_SZ", "MULTI_SZ"]),
                ])
        case .updateOS:
            ActionSchema(.mapping, [ActionField("include", .strings), ActionField("exclude", .strings)])
        default: ActionSchema(.list, fileFields)
        }
    }

    /// The fields of the modules that work on the file system, each of which takes a list.
    private var fileFields: [ActionField] {
        switch self {
        case .appendFile: [.path, ActionField("content", default: ""), .encoding]
        case .copyFile, .copyFolder, .moveFile, .moveFolder: [.source, .destination, .overwrite]
        case .createFile:
            [
                .path, ActionField("content", default: ""), .encoding, .owner(required: false), .group,
                .permissions(required: false), .overwrite,
            ]
        case .createFolder: [.path, .owner(required: false), .group, .permissions(required: false), .overwrite]
        case .createSymlink: [.path, ActionField("target", required: true), .force]
        case .deleteFile: [.path]
        case .deleteFolder: [.path, .force]
        case .listFiles:
            [.path, ActionField("fileNamePattern"), ActionField("recursive", .bool, default: "false")]
        case .readFile: [.path, .encoding, ActionField("printFileContent", .bool, default: "false")]
        case .setFileEncoding: [.path, .encoding]
        case .setFileOwner: [.path, .owner(required: true), .group]
        case .setFolderOwner: [.path, .owner(required: true), .group, .recursive]
        case .setFilePermissions: [.path, .permissions(required: true)]
        case .setFolderPermissions: [.path, .permissions(required: true), .recursive]
        default: []
        }
    }

    private static let installerSchema = ActionSchema(
        .mapping,
        [
            .path, ActionField("reboot", default: "Allow", allowed: ["Allow", "Force", "Skip"]),
            ActionField("logOptions", default: "*VX"), ActionField("logFile"), ActionField("properties", .texts),
            ActionField("ignoreAuthenticodeSignatureErrors", .bool, default: "false"),
            ActionField("allowUnsignedInstaller", .bool, default: "false"),
        ])
}

extension ActionField {
    fileprivate static let path = ActionField("path", required: true)
    fileprivate static let source = ActionField("source", required: true)
    fileprivate static let destination = ActionField("destination", required: true)
    fileprivate static let overwrite = ActionField("overwrite", .bool, default: "true")
    fileprivate static let force = ActionField("force", .bool, default: "false")
    fileprivate static let recursive = ActionField("recursive", .bool, default: "true")
    fileprivate static let group = ActionField("group", platforms: [.linux, .macOS])

    /// Little-endian where the name does not say.
    fileprivate static let encoding = ActionField(
        "encoding", default: "utf8",
        allowed: ["utf8", "utf-8"]
            + ["16", "32"].flatMap { bits in
                ["utf\(bits)", "utf-\(bits)", "utf\(bits)-LE", "utf-\(bits)-LE", "utf\(bits)-BE", "utf-\(bits)-BE"]
            },
        ignoresCase: true)

    fileprivate static func commands(required: Bool) -> ActionField {
        ActionField("commands", .strings, required: required)
    }

    fileprivate static func owner(required: Bool) -> ActionField {
        ActionField("owner", required: required, platforms: [.linux, .macOS])
    }

    /// Octal digits, as chmod(1) takes them. The guide's defaults, 0666 and 0777, are less the umask as everywhere: what is
    /// new gets them without being told.
    fileprivate static func permissions(required: Bool) -> ActionField {
        ActionField("permissions", required: required, platforms: [.linux, .macOS])
    }
}
