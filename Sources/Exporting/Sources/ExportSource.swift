import Failures
import Glibc
import HostSystem
import SystemPackage

/// The disk to export, and the raw copy that had to be made of it where Kiln does not read its format.
struct ExportSource: Sendable {
    let disk: any DiskSource
    /// Removed by `close()`.
    private var copy: Draft?

    /// - Parameter folder: for the copy.
    static func open(_ image: FilePath, isRaw: Bool, folder: FilePath) async throws -> ExportSource {
        if isRaw { return ExportSource(disk: try RawSource(image)) }
        do {
            return ExportSource(
                disk: try await offPool { () throws -> any DiskSource in try OverlaySource.open(image) })
        } catch Qcow2Header.Refusal.damaged(let what) {
            throw ExportFailure(
                .failed, "the image \(image) is damaged: \(what)", hint: "`qemu-img check \(image)` tells more")
        } catch Qcow2Header.Refusal.unsupported {
            let copy = try Draft(for: "export.raw", in: folder)
            do {
                try await HostCommand(
                    "qemu-img", ["convert", "-q", "-O", "raw", image.string, copy.path.string],
                    limit: .seconds(7200), package: "qemu-utils"
                ).run()
                return ExportSource(disk: try RawSource(copy.path), copy: copy)
            } catch {
                copy.discard()
                throw error
            }
        }
    }

    func close() { copy?.discard() }
}
