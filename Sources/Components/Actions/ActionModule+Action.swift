public import Documents

extension ActionModule {
    /// What runs the module; nil for those that are part of the language itself.
    public var action: (any Action.Type)? {
        switch self {
        case .assert, .executeDocument: nil
        case .executeBash: ExecuteBash.self
        case .executeBinary: ExecuteBinary.self
        case .executePowerShell: ExecutePowerShell.self
        case .s3Download: S3Download.self
        case .s3Upload: S3Upload.self
        case .webDownload: WebDownload.self
        case .appendFile: AppendFile.self
        case .copyFile: CopyFile.self
        case .copyFolder: CopyFolder.self
        case .createFile: CreateFile.self
        case .createFolder: CreateFolder.self
        case .createSymlink: CreateSymlink.self
        case .deleteFile: DeleteFile.self
        case .deleteFolder: DeleteFolder.self
        case .listFiles: ListFiles.self
        case .moveFile: MoveFile.self
        case .moveFolder: MoveFolder.self
        case .readFile: ReadFile.self
        case .setFileEncoding: SetFileEncoding.self
        case .setFileOwner: SetFileOwner.self
        case .setFolderOwner: SetFolderOwner.self
        case .setFilePermissions: SetFilePermissions.self
        case .setFolderPermissions: SetFolderPermissions.self
        case .installMSI: InstallMSI.self
        case .uninstallMSI: UninstallMSI.self
        case .reboot: Reboot.self
        case .setRegistry: SetRegistry.self
        case .updateOS: UpdateOS.self
        }
    }
}
