/// The action modules of AWS's task orchestrator (user guide, "Action modules supported by AWSTOE component manager").
enum ActionModules {
    static let all: Set<String> = [
        "Assert", "ExecuteBash", "ExecuteBinary", "ExecuteDocument", "ExecutePowerShell", "S3Download", "S3Upload",
        "WebDownload", "AppendFile", "CopyFile", "CopyFolder", "CreateFile", "CreateFolder", "CreateSymlink",
        "DeleteFile", "DeleteFolder", "ListFiles", "MoveFile", "MoveFolder", "ReadFile", "SetFileEncoding",
        "SetFileOwner", "SetFolderOwner", "SetFilePermissions", "SetFolderPermissions", "InstallMSI", "UninstallMSI",
        "Reboot", "SetRegistry", "UpdateOS",
    ]
    /// Those that this Kiln runs.
    static let run: Set<String> = ["ExecuteBash", "Reboot"]
}
