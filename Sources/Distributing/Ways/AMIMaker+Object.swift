import AWSClient
import Exporting
import Failures
import HostSystem
import SystemPackage

extension AMIMaker {
    /// Puts the image into S3 as a file, and takes it away again when `body` is done with it, well or not.
    func withObject<Value: Sendable>(
        _ body: (S3Location, SnapshotImport.Format) async throws(AWSFailure) -> Value
    ) async throws(AWSFailure) -> Value {
        let s3 = try aws.s3(region: region.region)
        if let object = options.object, object.endpoint == s3.endpointHost, object.region == s3.region,
            let format = object.format.importName.flatMap({ SnapshotImport.Format(rawValue: $0) })
        {
            note("importing \(object.location), which is there")
            return try await body(object.location, format)
        }
        guard let bucket = options.bucket else { throw Self.noBucket }
        try await s3.checkBucket(bucket.bucket)
        let (artifact, folder, isOurs) = try await artifact()
        defer { if isOurs { try? Folders.remove(folder.appending(artifact.file)) } }
        guard let format = artifact.format.importName.flatMap({ SnapshotImport.Format(rawValue: $0) }) else {
            throw AWSFailure(.badRequest, "EC2 imports no \(artifact.format.rawValue)", hint: "raw, vmdk or vhd")
        }
        // A name of its own: it is deleted afterwards, and what somebody has put there under the artifact's name is not.
        let location = bucket.appending("\(objectName).\(artifact.format.fileExtension)")
        note("sending \(artifact.file) to \(location)")
        var upload = S3Upload(file: folder.appending(artifact.file), to: location)
        upload.digest = artifact.sha256
        // The file that a kept upload would go on with is removed.
        upload.whenInterrupted = isOurs ? .abort : .keep
        _ = try await upload.run(s3) { done, total in progress("upload", done, total) }
        do throws(AWSFailure) {
            let value = try await body(location, format)
            await remove(location, s3)
            return value
        } catch {
            await remove(location, s3)
            throw error
        }
    }

    static var noBucket: AWSFailure {
        AWSFailure(
            .badConfiguration, "an import reads the image from S3, and no bucket is named",
            hint: "--s3 s3://BUCKET/FOLDER, or 's3' in kiln.yaml; or --via ebs")
    }

    /// Also where the task is cancelled.
    private func remove(_ location: S3Location, _ s3: S3Client) async {
        guard !options.keepsObject else { return note("\(location) is kept") }
        let note = note
        await Task {
            do {
                try await s3.deleteObject(location)
            } catch {
                note("\(location) could not be deleted: \(error)")
            }
        }.value
    }

    /// A file that the imports take, and whether it was made only to be sent.
    private func artifact() async throws(AWSFailure) -> (Artifact, FilePath, isOurs: Bool) {
        let fits = options.artifacts.filter { $0.format.importName != nil }
        if let folder = options.artifactFolder, let file = fits.first(where: { $0.format == .vmdk }) ?? fits.first {
            return (file, folder, false)
        }
        do {
            let made = try await ImageExport.run(
                image: source.disk, isRaw: source.isRaw, name: objectName, formats: [.vmdk], to: options.work
            ) { done, total in progress("export", done, total) }
            guard let artifact = made.first else { throw AWSFailure(.file, "the export made no file") }
            return (artifact, options.work, true)
        } catch {
            throw Self.local(error)
        }
    }

    private var objectName: String { "kiln-\(plan.image.digest.prefix(16))-\(region.region)" }
}
