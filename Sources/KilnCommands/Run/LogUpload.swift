import AWSClient
import Components
import Failures
import Foundation
import HostSystem
import SystemPackage

/// Where a run's log folder goes in S3: below the prefix, by the folder's own name.
struct LogUpload: Sendable {
    private let place: S3Location
    private let owner: String?
    private let settings: AWSSettings

    /// - Throws: `AWSFailure` code `badConfiguration` for a bucket that cannot be.
    init(_ bucket: RunInput.LogBucket, settings: AWSSettings) throws {
        place = try S3Location(parsing: "s3://\(bucket.name)/\(bucket.prefix.drop { $0 == "/" })")
        owner = bucket.owner
        self.settings = settings
    }

    /// Finds what would refuse the logs at the end of the run.
    func check() async throws {
        try await S3Client.with(settings) { s3 in
            try await s3.checkBucket(place.bucket)
            if let owner { try await s3.checkOwner(of: place.bucket, is: owner) }
        }
    }

    /// Where the files of a folder go.
    func location(of folder: FilePath) -> S3Location { place.appending(folder.lastComponent?.string ?? "logs") }

    /// Sends every file.
    ///
    /// - Throws: `AWSFailure`, `HostFailure`.
    func send(_ folder: FilePath) async throws {
        try await Self.send(filesOf: folder, to: location(of: folder), settings)
    }

    /// Sends every file of a folder, by its name below it.
    static func send(filesOf folder: FilePath, to target: S3Location, _ settings: AWSSettings) async throws {
        let files = try files(below: folder)
        try await S3Client.with(settings) { s3 in
            for name in files {
                var upload = S3Upload(file: folder.appending(name), to: target.appending(name))
                upload.contentType = name.hasSuffix(".json") ? "application/json" : "text/plain"
                upload.whenInterrupted = .abort
                _ = try await upload.run(s3)
            }
        }
    }

    private static func files(below folder: FilePath, _ prefix: String = "") throws -> [String] {
        try Folders.names(in: folder).flatMap { name in
            let path = folder.appending(name)
            return Folders.isFolder(path) ? try files(below: path, "\(prefix)\(name)/") : ["\(prefix)\(name)"]
        }
    }
}
