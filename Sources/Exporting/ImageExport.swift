import Crypto
public import Failures
import Glibc
import HostSystem
public import SystemPackage

/// Writes a frozen image in the formats that EC2 imports.
public enum ImageExport {
    /// Exports into a folder; files appear under their names only when they are whole.
    ///
    /// - Parameter image: a qcow2 file without a backing file.
    /// - Throws: `ExportFailure`: `noSpace`, `cancelled`, `failed`; nothing half-written is left.
    public static func run(
        image: FilePath, size: Int64, name: String, formats: [Artifact.Format], to folder: FilePath
    ) async throws(ExportFailure) -> [Artifact] {
        var artifacts: [Artifact] = []
        do {
            try Folders.create(folder)
            try demandSpace(for: size, formats, in: folder)
            for format in formats {
                let file = "\(name).\(format.rawValue)"
                let draft = folder.appending(".\(file).new")
                defer { unlink(draft.string) }
                try await convert(image, to: draft, format)
                let digest = try await offPool { () throws(HostFailure) in try SparseDigest.sha256(draft) }
                try DurableFile.sync(draft)
                try DurableFile.rename(draft, to: folder.appending(file))
                artifacts.append(Artifact(format: format, file: file, size: digest.size, sha256: digest.sha256))
            }
            return artifacts
        } catch {
            // One export is one thing: the formats that were done go with the one that was not.
            for artifact in artifacts { unlink(folder.appending(artifact.file).string) }
            throw failure(error, folder)
        }
    }

    private static func convert(_ image: FilePath, to draft: FilePath, _ format: Artifact.Format) async throws {
        let options: [String] =
            switch format {
            case .raw: ["-O", "raw"]
            case .vmdk: ["-O", "vmdk", "-o", "subformat=streamOptimized,adapter_type=lsilogic"]
            }
        // Stream-optimised VMDK is written from front to back, so its clusters can't come out of order.
        let order = format == .raw ? ["-W", "-m", "4"] : []
        try await HostCommand(
            "qemu-img", ["convert", "-q", "-f", "qcow2"] + order + options + [image.string, draft.string],
            limit: .seconds(7200), package: "qemu-utils"
        ).run()
    }

    /// A disk that can't hold what is allocated now is refused before a byte is written.
    private static func demandSpace(for size: Int64, _ formats: [Artifact.Format], in folder: FilePath) throws {
        let free = try Folders.freeSpace(at: folder)
        guard free < UInt64(size) else { return }
        throw ExportFailure(
            .noSpace, "\(folder) has \(free >> 20) MiB free, and the image needs \(size >> 20) MiB",
            hint: "free some space, or choose another folder with --output")
    }

    private static func failure(_ error: any Error, _ folder: FilePath) -> ExportFailure {
        switch error {
        case let failure as ExportFailure: failure
        case let failure as HostFailure where failure.code == .noSpace:
            ExportFailure(
                .noSpace, "no space left in \(folder) while exporting: \(failure.message)",
                hint: "free some space, or choose another folder with --output", cause: failure)
        case let failure as HostFailure where failure.code == .cancelled:
            ExportFailure(.cancelled, "the export was cancelled", cause: failure)
        case let failure as any ReportableError:
            ExportFailure(.failed, failure.message, hint: failure.hint, cause: failure)
        default: ExportFailure(.failed, "the export failed: \(error)", cause: error)
        }
    }
}
