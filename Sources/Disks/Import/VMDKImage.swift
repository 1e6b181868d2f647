import Failures
import Glibc
import SystemPackage

/// A VMDK before qemu-img may open it: the files its descriptor names must be the image's own.
struct VMDKImage {
    private let file: SourceFile
    private let head: Bytes
    private let name: String

    /// Far more than 8192 extents of 2 GiB need.
    private static let descriptorLimit = 1 << 20

    init(_ file: SourceFile, _ head: Bytes, name: String) {
        self.file = file
        self.head = head
        self.name = name
    }

    /// - Returns: the extents that are files of their own.
    func check() throws(DiskFailure) -> [SourceFile] {
        try checkGrains(file, head)
        // The format counts in sectors throughout; the end of a stream has no other mark that qemu-img asks for.
        guard file.size % 512 == 0 || head.has("# Disk DescriptorFile") else {
            throw DiskFailure(
                .notADisk, "\(name) is cut short: it ends in the middle of a sector",
                hint: "copy or download it again, and compare its checksum")
        }
        guard let descriptor = try descriptor() else { return [] }
        guard descriptor.parent == "ffffffff" else {
            throw DiskFailure(
                .dependsOnOthers, "\(name) is an overlay on another VMDK",
                hint: "consolidate its snapshots first, or export it as an OVA and import the disk in that")
        }
        guard !descriptor.createType.lowercased().hasSuffix("device"), !descriptor.createType.hasSuffix("RawDeviceMap")
        else {
            throw DiskFailure(
                .dependsOnOthers, "\(name) stands for a device of the machine it was made on",
                hint: "copy the device into a file there: qemu-img convert -O qcow2")
        }
        guard head.has("# Disk DescriptorFile") else { return [] }
        guard !descriptor.extents.isEmpty else {
            throw DiskFailure(.notADisk, "\(name) describes a VMDK without extents", hint: "copy or download it again")
        }
        var files: [SourceFile] = []
        for extent in descriptor.extents where extent.type != "ZERO" { files.append(try self.extent(extent)) }
        return files
    }

    private func descriptor() throws(DiskFailure) -> VMDKDescriptor? {
        if head.has("# Disk DescriptorFile") {
            let text = try file.read(Self.descriptorLimit, at: 0)
            return VMDKDescriptor(String(decoding: text.content, as: UTF8.self))
        }
        // ESX's sparse extents have none inside.
        guard head.has("KDMV"), let sector = head.littleEndian(28, as: UInt64.self),
            let count = head.littleEndian(36, as: UInt64.self), sector > 0, count > 0
        else { return nil }
        let length = min(count, UInt64(Self.descriptorLimit / 512)) * 512
        let text = try file.read(Int(length), at: sector.multipliedReportingOverflow(by: 512).partialValue)
        return VMDKDescriptor(String(decoding: text.content, as: UTF8.self))
    }

    private func extent(_ extent: VMDKDescriptor.Extent) throws(DiskFailure) -> SourceFile {
        guard let named = extent.file, !named.isEmpty, named != "..", !named.contains("/"), !named.contains(":") else {
            throw DiskFailure(
                .dependsOnOthers, "\(name) takes its data from \(extent.file ?? "no file")",
                hint: "all files of a VMDK must lie in one folder, and its descriptor must name them without a path")
        }
        let path = file.path.removingLastComponent().appending(named)
        guard !Self.isSymbolicLink(path) else {
            throw DiskFailure(
                .dependsOnOthers, "\(named), which \(name) takes its data from, is a symbolic link",
                hint: "put the file itself beside \(name)")
        }
        let source = try SourceFile(path)
        let wanted = (extent.offset &+ extent.sectors).multipliedReportingOverflow(by: 512)
        if ["FLAT", "VMFS"].contains(extent.type), wanted.overflow || source.size < wanted.partialValue {
            throw DiskFailure(
                .notADisk,
                "\(named) is cut short: by \(name) it has \(wanted.partialValue) bytes, but there are \(source.size)",
                hint: "copy or download it again, and compare its checksum")
        }
        if extent.type == "SPARSE" { try checkGrains(source, try source.read(512, at: 0)) }
        return source
    }

    private func checkGrains(_ source: SourceFile, _ head: Bytes) throws(DiskFailure) {
        guard let end = try VMDKSparseExtent(source, head)?.end(), end > source.size else { return }
        let named = source.path.lastComponent?.string ?? source.path.string
        throw DiskFailure(
            .notADisk, "\(named) is cut short: by its tables it has \(end) bytes, but there are \(source.size)",
            hint: "copy or download it again, and compare its checksum")
    }

    private static func isSymbolicLink(_ path: FilePath) -> Bool {
        var information = stat()
        return lstat(path.string, &information) == 0 && information.st_mode & S_IFMT == S_IFLNK
    }
}
