/// The action modules of the component language, as the user guide lists them (Action modules supported by AWSTOE).
public enum ActionModule: String, Sendable, Hashable, CaseIterable {
    // Running things.
    case assert = "Assert"
    case executeBash = "ExecuteBash"
    case executeBinary = "ExecuteBinary"
    case executeDocument = "ExecuteDocument"
    case executePowerShell = "ExecutePowerShell"
    // Moving files to and from elsewhere.
    case s3Download = "S3Download"
    case s3Upload = "S3Upload"
    case webDownload = "WebDownload"
    // The file system.
    case appendFile = "AppendFile"
    case copyFile = "CopyFile"
    case copyFolder = "CopyFolder"
    case createFile = "CreateFile"
    case createFolder = "CreateFolder"
    case createSymlink = "CreateSymlink"
    case deleteFile = "DeleteFile"
    case deleteFolder = "DeleteFolder"
    case listFiles = "ListFiles"
    case moveFile = "MoveFile"
    case moveFolder = "MoveFolder"
    case readFile = "ReadFile"
    case setFileEncoding = "SetFileEncoding"
    case setFileOwner = "SetFileOwner"
    case setFolderOwner = "SetFolderOwner"
    case setFilePermissions = "SetFilePermissions"
    case setFolderPermissions = "SetFolderPermissions"
    // Windows software.
    case installMSI = "InstallMSI"
    case uninstallMSI = "UninstallMSI"
    // The system.
    case reboot = "Reboot"
    case setRegistry = "SetRegistry"
    case updateOS = "UpdateOS"

    /// The systems the module runs on.
    public var platforms: Set<Platform> {
        switch self {
        case .executePowerShell, .installMSI, .uninstallMSI, .setRegistry: [.windows]
        case .executeBash, .createSymlink, .setFileOwner, .setFolderOwner, .setFilePermissions, .setFolderPermissions:
            [.linux, .macOS]
        case .updateOS, .reboot: [.linux, .windows]
        default: [.linux, .windows, .macOS]
        }
    }

    /// Whether each element of its inputs has outputs of its own, `outputs[1]` the second's; otherwise there is one entry.
    var hasOutputsOfEachInput: Bool { self == .listFiles || self == .readFile }

    /// The names a chaining expression may ask for after `outputs.`.
    public var outputs: [String] {
        switch self {
        case .executeBash, .executeBinary, .executePowerShell: ["stdout"]
        case .executeDocument:
            [
                "executedStepCount", "executionId", "failedStepCount", "failureMessage", "ignoredFailedStepCount",
                "logUrl", "status",
            ]
        case .installMSI, .uninstallMSI: ["logFile", "msiExitCode", "stdout"]
        case .webDownload: ["destination"]
        case .listFiles: ["files"]
        case .readFile: ["content"]
        default: []
        }
    }
}
