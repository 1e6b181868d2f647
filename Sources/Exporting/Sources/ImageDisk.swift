public import Failures
import HostSystem
public import SystemPackage

/// The disk of an image, for those that read it in an order of their own. Safe to use from many threads at once.
public struct ImageDisk: Sendable {
    private let source: ExportSource

    /// Bytes that a guest sees.
    public var virtualSize: Int { source.disk.virtualSize }

    /// - Parameters:
    ///   - isRaw: the file is the disk itself, byte by byte, whatever it begins with.
    ///   - folder: for a copy, where Kiln does not read the file's format itself.
    /// - Throws: `ExportFailure`: `failed`, `noSpace`, `cancelled`.
    public static func open(_ image: FilePath, isRaw: Bool, folder: FilePath) async throws(ExportFailure) -> ImageDisk {
        do {
            return ImageDisk(source: try await ExportSource.open(image, isRaw: isRaw, folder: folder))
        } catch let failure as ExportFailure {
            throw failure
        } catch let failure as HostFailure where failure.code == .cancelled {
            throw ExportFailure(.cancelled, "reading the image was cancelled", cause: failure)
        } catch let failure as any ReportableError {
            throw ExportFailure(.failed, failure.message, hint: failure.hint, cause: failure)
        } catch {
            throw ExportFailure(.failed, "the image \(image) cannot be read: \(error)", cause: error)
        }
    }

    /// Removes the copy.
    public func close() { source.close() }

    /// The pieces of a size in which something was ever written, as ranges of their numbers: ascending, apart from each
    /// other. Zeros that somebody wrote count, holes do not.
    public func writtenPieces(of size: Int) throws(ExportFailure) -> [Range<Int>] {
        var ranges: [Range<Int>] = []
        var position = 0
        while position < virtualSize {
            let run = try source.disk.run(at: position)
            if run.kind != .hole { ranges.append(piecesOf: size, touchedBy: position..<run.end) }
            position = run.end
        }
        return ranges
    }

    /// Fills the buffer from `offset`; behind the end of the disk there are zeros.
    public func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ExportFailure) {
        let inside = min(max(0, virtualSize - offset), buffer.count)
        if inside > 0 {
            try source.disk.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer[..<inside]), at: offset)
        }
        UnsafeMutableRawBufferPointer(rebasing: buffer[inside...]).initializeMemory(as: UInt8.self, repeating: 0)
    }
}
