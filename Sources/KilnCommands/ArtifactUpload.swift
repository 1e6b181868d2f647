import AWSClient
import ArgumentParser
import Documents
import Exporting
import Failures
import Foundation
import HostSystem
import SystemPackage

/// Where a build's artifact goes in S3, and by whose key.
struct ArtifactUpload: Sendable {
    private let place: S3Location
    private let settings: AWSSettings

    /// What the command line says, else the settings of the build, else the environment and the profile.
    ///
    /// - Returns: nil where nothing is to be uploaded.
    /// - Throws: `AWSFailure`: `badConfiguration`, `badCredentials`.
    init?(s3: String?, endpoint: String?, profile: String?, region: String?, build: KilnSettings) throws {
        let target = build.s3
        if let s3 {
            place = try S3Location(parsing: s3)
        } else if let target {
            place = try S3Location(parsing: "s3://\(target.bucket)/\(target.prefix ?? "")")
        } else {
            return nil
        }
        let environment = ProcessInfo.processInfo.environment
        var flags = AWSSettings.Flags(
            profile: profile, region: region ?? target?.region, endpoint: endpoint ?? target?.endpoint)
        let found = try AWSSettings(flags: flags, environment: environment)
        if found.region != nil {
            settings = found
        } else {
            flags.region = build.region
            settings = try AWSSettings(flags: flags, environment: environment)
        }
    }

    /// Finds what would end the upload an hour later: no key, a refused one, no server, no bucket.
    ///
    /// - Throws: `AWSFailure`.
    func check() async throws {
        try await S3Client.with(settings) { s3 in try await s3.checkBucket(place.bucket) }
    }

    /// Whether an artifact that was sent earlier is at its place, as it was sent.
    ///
    /// - Throws: `AWSFailure`, where S3 does not say.
    func has(_ sent: Manifest.Upload) async throws -> Bool {
        let location = place.appending(sent.file)
        guard location == S3Location(bucket: sent.bucket, key: sent.key) else { return false }
        return try await S3Client.with(settings) { s3 in
            guard s3.endpointHost == sent.endpoint, s3.region == sent.region else { return false }
            do throws(AWSFailure) {
                let object = try await s3.headObject(location)
                return Int64(object.size) == sent.size && object.etag == sent.etag
            } catch {
                guard error.code == .notFound else { throw error }
                return false
            }
        }
    }

    /// Sends what there is of a file while it is written.
    ///
    /// - Parameters:
    ///   - file: the artifact's name.
    ///   - largest: bytes that it may have.
    ///   - write: gets what is to be told of each growth.
    func whileWritten(
        _ file: String, in folder: FilePath, largest: Int,
        _ write: @Sendable (@escaping @Sendable (FilePath, Int) -> Void) async throws -> [Artifact]
    ) async throws -> [Artifact] {
        let start = UploadHeadStart(of: folder.appending(file), to: place.appending(file), largest: largest)
        return try await S3Client.with(settings) { s3 in
            async let sending: Void = start.run(s3)
            let written: Result<[Artifact], any Error>
            do { written = .success(try await write { start.grew($0, to: $1) }) } catch { written = .failure(error) }
            start.end()
            await sending
            await start.close(digest: (try? written.get())?.first { $0.file == file }?.sha256)
            return try written.get()
        }
    }

    /// Sends an artifact and writes the disk containers for EC2's imports beside it.
    ///
    /// - Throws: `AWSFailure`, `HostFailure`.
    func send(_ artifact: Artifact, from folder: FilePath, name: String, _ view: BuildView) async throws
        -> Manifest.Upload
    {
        let location = place.appending(artifact.file)
        var upload = S3Upload(file: folder.appending(artifact.file), to: location)
        upload.digest = artifact.sha256
        let job = upload
        let (object, region, endpoint) = try await S3Client.with(settings) { s3 in
            let object = try await job.run(s3) { done, total in
                view.progress("upload of \(artifact.file)", done, total)
            }
            return (object, s3.region, s3.endpointHost)
        }
        let early = object.parts - object.partsSent
        let earlier = early > 0 ? ", \(early) of them while it was written or before" : ""
        view.note(
            "uploaded to \(location): \(object.parts) parts\(earlier), compared by \(object.verification.rawValue)")
        try DiskContainer(description: name, format: artifact.format, bucket: location.bucket, key: location.key)?
            .write(to: folder, name: name)
        return Manifest.Upload(
            file: artifact.file, bucket: object.bucket, key: object.key, region: region, endpoint: endpoint,
            size: Int64(object.size), crc64NVME: object.crc64NVME, etag: object.etag, versionID: object.versionID,
            verification: object.verification.rawValue)
    }
}
