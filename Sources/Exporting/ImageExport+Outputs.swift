import Failures
import HostSystem

extension Artifact.Format {
    /// What writes the format into a draft; the last is the one that knows the digest.
    ///
    /// - Parameter file: the name that the draft will have.
    func outputs(
        _ draft: Draft, of disk: any DiskSource, _ survey: DiskSurvey, file: String,
        _ growth: @escaping ImageExport.Growth
    ) throws -> [any DiskOutput] {
        let size = disk.virtualSize
        switch self {
        case .raw:
            return [RawDigest(virtualSize: size), try RawOutput(draft, virtualSize: size)]
        case .vmdk:
            let output = try VMDKOutput(draft, virtualSize: size, id: survey.contentID, file: file)
            output.growth = { growth(.vmdk, draft.path, $0) }
            return [output]
        case .vhd:
            let header = VHDHeader(.dynamic, virtualSize: size, fingerprint: survey.fingerprint)
            var blocks: [Int] = []
            try disk.forEachStoredPiece(of: VHDHeader.block) { blocks.append($0) }
            return [try VHDOutput(draft, header: header, stored: blocks)]
        case .vhdFixed:
            let header = VHDHeader(.fixed, virtualSize: size, fingerprint: survey.fingerprint)
            return [try FixedVHDOutput(draft, header: header)]
        case .qcow2, .qcow2Compressed:
            var (clusters, tables) = (0, 0)
            try disk.forEachStoredPiece(of: Qcow2Layout.cluster) { _ in clusters += 1 }
            try disk.forEachStoredPiece(of: Qcow2Layout.bytesPerTable) { _ in tables += 1 }
            return [
                try Qcow2Output(
                    draft, virtualSize: size, compresses: self == .qcow2Compressed, stored: (clusters, tables))
            ]
        }
    }

    /// - Throws: `ExportFailure` where the disk is larger than the format holds.
    func check(virtualSize: Int) throws(ExportFailure) {
        guard self == .vhd || self == .vhdFixed, virtualSize > VHDHeader.largest else { return }
        throw ExportFailure(
            .failed, "the disk has \(virtualSize >> 30) GiB, and a VHD holds \(VHDHeader.largest >> 30) GiB at most",
            hint: "export raw, which EC2 imports too")
    }
}
