import Crypto
public import Failures
import Foundation
import HostSystem
public import SystemPackage

/// Writes a frozen image in the formats that EC2 imports, all in one pass over it.
public enum ImageExport {
    /// Called with bytes of the disk that are done, and in all.
    public typealias Progress = @Sendable (_ done: Int, _ total: Int) -> Void

    /// Called with a file that is being written from front to back, and how much of it does not change any more.
    public typealias Growth = @Sendable (_ format: Artifact.Format, _ draft: FilePath, _ bytes: Int) -> Void

    /// Exports into a folder; files appear under their names only when all of them are whole.
    ///
    /// The same image gives the same bytes every time.
    ///
    /// - Parameters:
    ///   - image: a disk; a qcow2 file that stands alone is read directly, anything else through a copy.
    ///   - isRaw: the file is the disk itself, byte by byte, whatever it begins with.
    ///   - name: of the files, without the ending.
    ///   - growth: of formats that are written from front to back (VMDK); called on threads of the export's own.
    ///   - replaces: whether files of these names are written over; where not, one that is there ends it at once.
    /// - Throws: `ExportFailure`: `badFormats`, `exists`, `noSpace`, `cancelled`, `failed`; nothing half-written is left.
    public static func run(
        image: FilePath, isRaw: Bool = false, name: String, formats: [Artifact.Format], to folder: FilePath,
        replaces: Bool = true, progress: @escaping Progress = { _, _ in }, growth: @escaping Growth = { _, _, _ in }
    ) async throws(ExportFailure) -> [Artifact] {
        do {
            try Artifact.Format.checkFiles(Artifact.Format.allCases.filter { formats.contains($0) })
            try Folders.create(folder)
            if !replaces { try checkAbsent(formats.map { folder.appending("\(name).\($0.fileExtension)") }) }
            let source = try await ExportSource.open(image, isRaw: isRaw, folder: folder)
            defer { source.close() }
            let wanted = Artifact.Format.allCases.filter { formats.contains($0) }
            return try await write(source.disk, name, wanted, folder, growth, progress)
        } catch {
            throw failure(error, folder)
        }
    }

    private static func write(
        _ disk: any DiskSource, _ name: String, _ formats: [Artifact.Format], _ folder: FilePath,
        _ growth: @escaping Growth, _ progress: @escaping Progress
    ) async throws -> [Artifact] {
        for format in formats { try format.check(virtualSize: disk.virtualSize) }
        let survey = try await offPool { () throws(ExportFailure) in try DiskSurvey(of: disk) }
        let free = try Folders.freeSpace(at: folder)
        let plain = formats.filter(\.isPlain)
        guard free >= UInt64(survey.stored * plain.count) else {
            throw ExportFailure(
                .noSpace,
                "\(folder) has \(free >> 20) MiB free, and \(names(plain)) need\(plain.count == 1 ? "s" : "") "
                    + "\((survey.stored * plain.count) >> 20) MiB",
                hint: moreSpace)
        }
        var drafts: [(draft: Draft, file: FilePath)] = []
        defer { for (draft, _) in drafts { draft.discard() } }
        var outputs: [any DiskOutput] = []
        for format in formats {
            let file = "\(name).\(format.fileExtension)"
            let draft = try Draft(for: file, in: folder)
            drafts.append((draft, folder.appending(file)))
            outputs += try await offPool { try format.outputs(draft, of: disk, survey, file: file, growth) }
        }
        let digests: [OutputDigest?]
        do {
            digests = try await pass(over: disk, outputs, progress)
        } catch let failure as HostFailure where failure.code == .noSpace {
            let most = survey.stored * formats.count
            throw ExportFailure(
                .noSpace,
                "no space left in \(folder) in the middle of the export: it had \(free >> 20) MiB free, and "
                    + "\(names(formats)) need up to \(most >> 20) MiB",
                hint: moreSpace, cause: failure)
        }
        try publish(drafts)
        return zip(outputs, digests).compactMap { output, digest in
            guard let format = output.format, let digest else { return nil }
            return Artifact(
                format: format, file: "\(name).\(format.fileExtension)", size: Int64(digest.size), sha256: digest.sha256
            )
        }
    }

    private static func pass(over disk: any DiskSource, _ outputs: [any DiskOutput], _ progress: @escaping Progress)
        async throws -> [OutputDigest?]
    {
        let pipeline = ExportPipeline(source: disk, outputs: outputs)
        let cores = ProcessInfo.processInfo.activeProcessorCount
        return try await withTaskCancellationHandler {
            try await offPool { try pipeline.run(cores: cores, progress: progress) }
        } onCancel: {
            pipeline.cancel()
        }
    }

    /// One export is one thing: if one file cannot get its name, none keeps it.
    private static func publish(_ drafts: [(draft: Draft, file: FilePath)]) throws {
        for (index, (draft, _)) in drafts.enumerated() {
            do {
                try draft.publish()
            } catch {
                for (_, file) in drafts[..<index] { try? Folders.remove(file) }
                throw error
            }
        }
    }

    private static func checkAbsent(_ files: [FilePath]) throws(ExportFailure) {
        guard let file = files.first(where: Folders.exists) else { return }
        throw ExportFailure(
            .exists, "\(file) is there already", hint: "choose another folder with --output, or give --force")
    }

    private static func names(_ formats: [Artifact.Format]) -> String {
        formats.map(\.rawValue).joined(separator: " and ")
    }

    private static let moreSpace = "free some space, or choose another folder with --output"

    private static func failure(_ error: any Error, _ folder: FilePath) -> ExportFailure {
        switch error {
        case let failure as ExportFailure: failure
        case let failure as HostFailure where failure.code == .noSpace:
            ExportFailure(
                .noSpace, "no space left in \(folder) for the export: \(failure.message)", hint: moreSpace,
                cause: failure)
        case let failure as HostFailure where failure.code == .cancelled:
            ExportFailure(.cancelled, "the export was cancelled", cause: failure)
        case let failure as any ReportableError:
            ExportFailure(.failed, failure.message, hint: failure.hint, cause: failure)
        default: ExportFailure(.failed, "the export failed: \(error)", cause: error)
        }
    }
}
