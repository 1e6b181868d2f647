import SystemPackage

/// A chain of qcow2 images: what one has not, the next below has.
final class OverlaySource: DiskSource {
    /// The uppermost first.
    private let levels: [Qcow2Source]

    private static let mostLevels = 64

    private init(_ levels: [Qcow2Source]) { self.levels = levels }

    /// - Throws: as `Qcow2Source` does, of any of them.
    static func open(_ image: FilePath) throws -> any DiskSource {
        var levels = [try Qcow2Source(image, isOverlay: true)]
        var path = image
        while let name = levels.last?.backingFile {
            guard levels.count < mostLevels else {
                throw Qcow2Header.Refusal.damaged("its chain of backing files does not end")
            }
            // Another protocol's name, which only QEMU can read.
            guard !name.contains(":") else { throw Qcow2Header.Refusal.unsupported("its backing file is \(name)") }
            path = path.removingLastComponent().pushing(FilePath(name))
            levels.append(try Qcow2Source(path, isOverlay: true))
        }
        return levels.count == 1 ? levels[0] : OverlaySource(levels)
    }

    var virtualSize: Int { levels[0].virtualSize }

    func run(at offset: Int) throws(ExportFailure) -> DiskRun { try find(offset).run }

    /// What a guest has discarded (fstrim) is zeros in an overlay, for else what is below would show through; where nothing is
    /// below, nobody has written anything, and it is a hole.
    ///
    /// - Returns: the run, and the image that stores it; nil where none does.
    private func find(_ offset: Int) throws(ExportFailure) -> (run: DiskRun, level: Qcow2Source?) {
        var end = virtualSize
        var isDiscarded = false
        for (index, level) in levels.enumerated() where offset < level.virtualSize {
            let run = try level.run(at: offset)
            end = min(end, run.end)
            switch run.kind {
            case .hole: continue
            case .zero where index + 1 < levels.count: isDiscarded = true
            case .zero: return (DiskRun(kind: .zero, end: end), nil)
            case .data where isDiscarded: return (DiskRun(kind: .zero, end: end), nil)
            case .data: return (DiskRun(kind: .data, end: end), level)
            }
        }
        return (DiskRun(kind: .hole, end: end), nil)
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(ExportFailure) {
        var done = 0
        while done < buffer.count {
            let (run, level) = try find(offset + done)
            let length = min(run.end - offset, buffer.count) - done
            let piece = UnsafeMutableRawBufferPointer(rebasing: buffer[done..<done + length])
            if run.kind == .data, let level {
                try level.read(into: piece, at: offset + done)
            } else {
                piece.initializeMemory(as: UInt8.self, repeating: 0)
            }
            done += length
        }
    }
}
