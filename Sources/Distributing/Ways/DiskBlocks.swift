import AWSClient
import Exporting
import Failures
import HostSystem

/// The disk of an image as blocks for the EBS direct API: what was never written is left out, zeros that somebody wrote are
/// not.
struct DiskBlocks: BlockSource {
    let writtenBlocks: [Range<Int>]
    private let disk: ImageDisk
    private let file: DistributionSource
    private let stamp: FileStamp

    var virtualSize: Int { disk.virtualSize }

    init(_ disk: ImageDisk, of file: DistributionSource) throws {
        self.disk = disk
        self.file = file
        stamp = try FileStamp(of: file.disk)
        writtenBlocks = try disk.writtenPieces(of: EBSBlock.size)
    }

    func read(block: Int, into buffer: UnsafeMutableRawBufferPointer) throws {
        try disk.read(into: buffer, at: block * EBSBlock.size)
    }

    func checkUnchanged() throws {
        guard try FileStamp(of: file.disk) == stamp else {
            throw AWSFailure(.file, "\(file.disk) was changed while it was sent", hint: "run the distribution again")
        }
    }
}
