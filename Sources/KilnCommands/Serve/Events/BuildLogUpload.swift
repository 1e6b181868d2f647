import AWSClient
import Foundation
import HostSystem
import ImageBuilderAPI
import Store
import SystemPackage

/// Sends a build's logs where its infrastructure configuration's `logging.s3Logs` says, as Image Builder lays them out:
///
///     s3://BUCKET/PREFIX/NAME/VERSION/BUILD/…
enum BuildLogUpload {
    /// Nil where the configuration names no bucket.
    static func place(of image: StoredResource) throws -> S3Location? {
        guard let version = image.version, let build = image.build,
            let logs = try JSONValue(parsing: Array(image.document))["infrastructureConfiguration"]?["logging"]?[
                "s3Logs"],
            let bucket = logs["s3BucketName"]?.text
        else { return nil }
        let prefix = (logs["s3KeyPrefix"]?.text ?? "").split(separator: "/")
        let name = ResourceARN.segment(of: image.name)
        let key = (prefix.map(String.init) + [name, "\(version)", "\(build)"]).joined(separator: "/")
        return try S3Location(parsing: "s3://\(bucket)/\(key)")
    }

    /// To be called at the end of a build, whatever became of it. A failure is one of the logs alone: the caller tells it, and
    /// the image's state stays.
    ///
    /// - Parameter folder: of the build's log files.
    /// - Returns: where they are, nil where nobody wants them.
    static func send(
        _ folder: FilePath, of image: StoredResource, settings: AWSSettings, limit: Duration = .seconds(600)
    ) async throws -> S3Location? {
        guard let place = try place(of: image) else { return nil }
        try await withDeadline(limit, for: "the upload of logs to \(place)") {
            try await LogUpload.send(filesOf: folder, to: place, settings)
        }
        return place
    }
}
