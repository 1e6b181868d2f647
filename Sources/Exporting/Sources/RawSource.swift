import Failures
import HostSystem
import SystemPackage

/// A raw disk: its holes are the file's.
final class RawSource: DiskSource {
    private let file: DiskFile

    init(_ path: FilePath) throws(ExportFailure) { file = try DiskFile(path) }

    var virtualSize: Int { file.size }

    func run(at offset: Int) throws(ExportFailure) -> DiskRun {
        let (isHole, end) = SparseRuns.run(of: file.descriptor, at: offset, to: file.size)
        return DiskRun(kind: isHole ? .hole : .data, end: end)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ExportFailure) {
        guard try file.read(into: buffer, at: offset) == buffer.count else {
            throw ExportFailure(.failed, "\(file.path) became shorter while it was being exported")
        }
    }
}
