import ArgumentParser
import Documents
import Foundation
import SystemPackage

/// What a run is to do, the command line and the configuration file put together: what the command line says is stronger.
struct RunInput: Sendable {
    struct DocumentReference: Sendable {
        /// A path, an s3:// address, an ARN.
        var location: String
        var parameters: [RunConfiguration.Parameter]
    }

    /// Where the logs go in S3.
    struct LogBucket: Sendable {
        var name: String
        var prefix: String
        var owner: String?
    }

    var documents: [DocumentReference]
    var phases: [String]?
    var executionID: String?
    var logDirectory: FilePath
    var logBucket: LogBucket?
    var documentOwner: String?
    var isTraced: Bool
    var blocked: Set<String>
    /// Of the configuration.
    var globalParameters: [RunConfiguration.Parameter]
    /// What is taken and has no meaning here, a sentence each.
    var notes: [String] = []

    /// - Throws: `ValidationError` for what excludes each other.
    init(_ options: RunnerOptions, _ positional: [String], _ configuration: RunConfiguration?) throws {
        let named = (options.documents.flatMap { $0.split(separator: ",").map(String.init) } + positional)
        guard named.isEmpty != (configuration == nil) else {
            throw ValidationError(
                configuration == nil
                    ? "there is no document to run: give --documents or --config"
                    : "--config and documents exclude each other: name the documents in the configuration")
        }
        guard configuration == nil || options.parameters.isEmpty else {
            throw ValidationError("--config and --parameters exclude each other: give the values in the configuration")
        }
        documents =
            configuration?.documents.map { DocumentReference(location: $0.path.value, parameters: $0.parameters) }
            ?? named.map { DocumentReference(location: $0, parameters: []) }
        globalParameters = configuration?.parameters ?? []
        phases = Self.words(options.phases ?? configuration?.phases)
        executionID = options.executionID ?? configuration?.executionID
        isTraced = options.trace || configuration?.trace == true
        blocked = Set(Self.words(options.blockedActionModules) ?? [])
        documentOwner = options.documentS3BucketOwner ?? configuration?.documentS3BucketOwner
        let here = FilePath(FileManager.default.currentDirectoryPath)
        logDirectory = here.pushing(FilePath(options.logDirectory ?? configuration?.logDirectory ?? "."))
            .lexicallyNormalized()
        logBucket = (options.logS3BucketName ?? configuration?.logS3BucketName).map {
            LogBucket(
                name: $0, prefix: options.logS3KeyPrefix ?? configuration?.logS3KeyPrefix ?? "",
                owner: options.logS3BucketOwner ?? configuration?.logS3BucketOwner)
        }
        if options.cwLogGroup != nil || options.cwLogStream != nil || configuration?.namesCloudWatch == true {
            notes.append("nothing is sent to CloudWatch Logs: console.log in the log folder has what would be there")
        }
        if options.stateDirectory != nil || configuration?.stateDirectory != nil {
            notes.append("the state directory has no use here: kiln itself goes on after a reboot of the guest")
        }
    }

    /// nil: nothing in it.
    private static func words(_ text: String?) -> [String]? {
        let words = (text ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            .filter { !$0.isEmpty }
        return words.isEmpty ? nil : words
    }
}
