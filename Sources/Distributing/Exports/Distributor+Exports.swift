import AWSClient
import Documents
import Exporting
import Failures
import Foundation
import HostSystem
import SystemPackage

/// The files that `S3ExportConfiguration` asks for: written here in one pass over the image, sent by the role that each names.
extension Distributor {
    func exportFiles(_ regions: [Region], _ account: String) async {
        var exports = regions.compactMap { region in
            region.plan.export.map { FileExport(region: region, wish: $0, image: plan.image, account: account) }
        }
        exports = await missing(exports)
        guard !exports.isEmpty else { return }
        let files: ExportedFiles
        do throws(AWSFailure) {
            files = try await write(Set(exports.map(\.format)))
        } catch {
            for export in exports { export.region.diary.failed(error) }
            return
        }
        defer { files.remove() }
        await withTaskGroup { group in
            for export in exports {
                group.addTask { await send(export, files) }
            }
        }
    }

    /// Those that are not in their buckets yet: a name has the image's digest, and an object is there whole or not at all.
    private func missing(_ exports: [FileExport]) async -> [FileExport] {
        await withTaskGroup(of: FileExport?.self) { group in
            for export in exports {
                group.addTask {
                    do throws(AWSFailure) {
                        let s3 = try export.session(aws).s3(region: export.region.plan.region)
                        try await s3.checkBucket(export.location.bucket)
                        do throws(AWSFailure) {
                            _ = try await s3.headObject(export.location)
                        } catch  where error.code == .notFound {
                            return export
                        }
                        export.region.diary.exported(to: export.location)
                    } catch {
                        export.region.diary.failed(error)
                    }
                    return nil
                }
            }
            return await group.reduce(into: []) { missing, export in if let export { missing.append(export) } }
        }
    }

    /// Files that a build has made count; the others are made.
    private func write(_ formats: Set<Artifact.Format>) async throws(AWSFailure) -> ExportedFiles {
        let present = options.artifacts.filter { formats.contains($0.format) }
        let absent = formats.subtracting(present.map(\.format))
        var files = ExportedFiles(own: [], folder: options.work)
        if let folder = options.artifactFolder {
            for artifact in present {
                files.paths[artifact.format] = (folder.appending(artifact.file), artifact.sha256)
            }
        }
        guard !absent.isEmpty else { return files }
        let region = plan.regions.first?.region ?? ""
        do {
            // Another process may export the same image at the same time, and removes its own file.
            let name = "export-\(plan.image.digest.prefix(16))-\(ProcessInfo.processInfo.processIdentifier)"
            files.own = try await ImageExport.run(
                image: source.disk, isRaw: source.isRaw, name: name, formats: Array(absent), to: options.work
            ) { done, total in observe(.progress(region: region, "export", done: done, total: total)) }
        } catch {
            throw AMIMaker.local(error)
        }
        for artifact in files.own {
            files.paths[artifact.format] = (options.work.appending(artifact.file), artifact.sha256)
        }
        return files
    }

    private func send(_ export: FileExport, _ files: ExportedFiles) async {
        guard let (path, digest) = files.paths[export.format] else { return }
        let region = export.region
        do throws(AWSFailure) {
            let s3 = try export.session(aws).s3(region: region.plan.region)
            var upload = S3Upload(file: path, to: export.location)
            upload.digest = digest
            // The file that a kept upload would go on with is removed.
            upload.whenInterrupted = files.own.contains { $0.format == export.format } ? .abort : .keep
            _ = try await upload.run(s3) { done, total in
                observe(.progress(region: region.plan.region, "export to S3", done: done, total: total))
            }
            region.diary.exported(to: export.location)
            region.diary.did("exported the image to \(export.location)")
        } catch {
            region.diary.failed(error)
        }
    }
}

/// Files of the image on this machine, by format.
private struct ExportedFiles: Sendable {
    /// Made only to be sent.
    var own: [Artifact]
    /// Of those.
    let folder: FilePath
    var paths: [Artifact.Format: (path: FilePath, sha256: String)] = [:]

    func remove() {
        for artifact in own { try? Folders.remove(folder.appending(artifact.file)) }
    }
}
