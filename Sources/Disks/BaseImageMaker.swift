import CGuestfs
public import Failures
import Foundation
import Glibc
public import HostSystem
public import SystemPackage

/// Makes base images from Debian's packages, and keeps them by the digest of their definition.
///
/// mmdebstrap installs the packages in a user namespace at the host's own speed and mke2fs puts the tree into the root
/// partition's place in the disk file; libguestfs then makes the partitions and the boot loaders. No loop device, nothing
/// mounted on the host.
public struct BaseImageMaker: Sendable {
    let definition: BaseImageDefinition
    let home: KilnHome
    let settings: ApplianceSettings
    let report: @Sendable (String) -> Void

    /// Sectors of 512 bytes: a BIOS boot partition, the ESP, then the root file system to the end.
    private static let biosBoot: (first: Int64, last: Int64) = (2048, 4095)
    private static let efi: (first: Int64, last: Int64) = (4096, 264_191)
    private static let rootFirst: Int64 = 264_192
    private static let backupTable: Int64 = 2048

    public init(
        definition: BaseImageDefinition, home: KilnHome, settings: ApplianceSettings,
        report: @escaping @Sendable (String) -> Void
    ) {
        self.definition = definition
        self.home = home
        self.settings = settings
        self.report = report
    }

    /// The image's disk and its record, made now if they are not there.
    public func image() async throws(DiskFailure) -> (disk: FilePath, record: BaseImageRecord) {
        let disk = try await ensure()
        let folder = disk.removingLastComponent()
        if let record = BaseImageRecord.load(folder) { return (disk, record) }
        // Made by a Kiln that kept no record.
        let name = definition.name
        return try await offPool { () throws(DiskFailure) in
            let record = BaseImageRecord(
                name: name, digest: try onHost { () throws(HostFailure) in try FileDigest.sha256(disk).digest },
                created: Date())
            try record.save(folder)
            return (disk, record)
        }
    }

    /// The image's disk, made now if it is not there.
    public func ensure() async throws(DiskFailure) -> FilePath {
        let folder = home.bases.appending(definition.digest)
        let disk = folder.appending("disk.qcow2")
        if Folders.exists(disk) { return disk }
        try onHost { () throws(HostFailure) in try Folders.create(home.bases) }
        let lock: FileLock
        do {
            lock = try await FileLock.acquire(
                home.bases.appending("\(definition.digest).lock"), within: .seconds(1800),
                for: "making \(definition.name)")
        } catch let error as HostFailure {
            throw DiskFailure(error)
        } catch {
            throw DiskFailure(.cancelled, "cancelled while waiting for \(definition.name)")
        }
        defer { _ = lock }
        if Folders.exists(disk) { return disk }
        let work = try workFolder()
        defer { try? Folders.remove(work) }
        let raw = work.appending("disk.raw")
        try createRaw(raw)
        report("installing the packages of \(definition.name)")
        try await installPackages(into: raw, work: work)
        report("making \(definition.name) boot")
        try await makeBootable(raw)
        let draft = folder.appending("disk.qcow2.new")
        try onHost { () throws(HostFailure) in try Folders.create(folder) }
        do throws(DiskFailure) {
            try await QemuImage.flatten(raw, format: "raw", to: draft)
            try onHost { () throws(HostFailure) in
                chmod(draft.string, 0o444)
                try DurableFile.sync(draft)
                try DurableFile.rename(draft, to: disk)
            }
        } catch {
            try? Folders.remove(folder)
            throw error
        }
        return disk
    }

    private var diskBytes: Int64 { Int64(definition.description.diskGiB) << 30 }

    /// Below /var/tmp and open to others: root inside the namespace is nobody in particular outside it.
    private func workFolder() throws(DiskFailure) -> FilePath {
        var template = Array("/var/tmp/kiln-base-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else {
            throw DiskFailure(.systemCallFailure("cannot make a folder in /var/tmp", errno))
        }
        let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        chmod(path, 0o755)
        return FilePath(path)
    }

    private func createRaw(_ raw: FilePath) throws(DiskFailure) {
        let descriptor = open(raw.string, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0, ftruncate(descriptor, off_t(diskBytes)) == 0, fchmod(descriptor, 0o666) == 0 else {
            throw DiskFailure(.systemCallFailure("cannot make \(raw)", errno))
        }
        close(descriptor)
    }

    private func installPackages(into raw: FilePath, work: FilePath) async throws(DiskFailure) {
        let offset = Self.rootFirst * 512
        let blocks = (diskBytes - offset - Self.backupTable * 512) / 4096
        let uuid = UUID().uuidString.lowercased()
        // What a package leaves that belongs to one machine, and what can be fetched again, stays out.
        let script = """
            set -eu
            cd "$1"
            : > etc/machine-id
            rm -f etc/ssh/ssh_host_* var/lib/dbus/machine-id
            echo localhost > etc/hostname
            printf 'UUID=\(uuid) / ext4 defaults 0 1\\nLABEL=ESP /boot/efi vfat umask=0077,nofail 0 2\\n' > etc/fstab
            mkdir -p boot/efi etc/systemd/system/multi-user.target.wants etc/systemd/system/sockets.target.wants
            ln -sf ../run/systemd/resolve/stub-resolv.conf etc/resolv.conf
            ln -sf /lib/systemd/system/systemd-networkd.service etc/systemd/system/multi-user.target.wants/
            ln -sf /lib/systemd/system/systemd-networkd.socket etc/systemd/system/sockets.target.wants/
            ln -sf /lib/systemd/system/systemd-networkd.service etc/systemd/system/dbus-org.freedesktop.network1.service
            rm -rf var/lib/apt/lists/*_* var/cache/apt/*.bin var/cache/apt/archives/*.deb var/log/*.log var/log/apt/* \\
                var/cache/debconf/*-old var/lib/dpkg/*-old etc/*- var/cache/ldconfig/aux-cache
            mount --bind . mnt
            rm -rf mnt/run/* mnt/tmp/*
            /sbin/mke2fs -q -F -t ext4 -b 4096 -U \(uuid) -L root -E offset=\(offset) -d mnt '\(raw)' \(blocks)
            umount mnt
            """
        let hook = work.appending("hook.sh")
        try onHost { () throws(HostFailure) in try DurableFile.write(Array(script.utf8), to: hook) }
        let sources = definition.description.sources
        let files = definition.folder.appending("files")
        let placed = try onHost { () throws(HostFailure) in try Folders.names(in: files) }
        let copies = placed.map { "--essential-hook=copy-in \(files)/\($0) /" }
        let arguments =
            [
                "--quiet", "--mode=unshare", "--variant=minbase", "--format=null",
                "--include=\(definition.description.packages.joined(separator: ","))",
            ] + copies + ["--customize-hook=sh \(hook) \"$1\"", definition.description.suite, "/dev/null"] + sources
        try await onHost { () async throws(HostFailure) in
            _ = try await HostCommand(
                "mmdebstrap", arguments, environment: ["TMPDIR": "/var/tmp", "SOURCE_DATE_EPOCH": "0"],
                workingDirectory: work, limit: .seconds(1500), package: "mmdebstrap"
            ).run()
        }
    }

    private func makeBootable(_ raw: FilePath) async throws(DiskFailure) {
        let last = diskBytes / 512 - Self.backupTable - 1
        try await Guestfs.session(disk: raw, format: "raw", settings: settings) { (guestfs) throws(DiskFailure) in
            try guestfs.run("make partitions") { guestfs_part_init($0, "/dev/sda", "gpt") }
            let partitions = [
                (Self.biosBoot.first, Self.biosBoot.last, "21686148-6449-6E6F-744E-656564454649"),
                (Self.efi.first, Self.efi.last, "C12A7328-F81F-11D2-BA4B-00A0C93EC93B"),
                (Self.rootFirst, last, "4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"),
            ]
            for (index, (first, last, type)) in partitions.enumerated() {
                try guestfs.run("make partitions") { guestfs_part_add($0, "/dev/sda", "p", first, last) }
                try guestfs.run("make partitions") {
                    guestfs_part_set_gpt_type($0, "/dev/sda", Int32(index + 1), type)
                }
            }
            try guestfs.makeESP("/dev/sda2")
            // grub reads the table through the whole disk's cache, which still has it as it was.
            try guestfs.run("flush the disk") { guestfs_blockdev_flushbufs($0, "/dev/sda") }
            try guestfs.run("mount the root") { guestfs_mount($0, "/dev/sda3", "/") }
            try guestfs.run("mount the ESP") { guestfs_mount($0, "/dev/sda2", "/boot/efi") }
            // A tree made in a user namespace has no devices; the appliance mounts its own for commands.
            try guestfs.run("empty /dev") { guestfs_rm_rf($0, "/dev") }
            try guestfs.run("make /dev") { guestfs_mkdir($0, "/dev") }
            // libguestfs' own calls take /dev/sda for the first disk, whatever name the appliance's kernel gave it; a
            // command sees the kernel's, and disks that are found at the same time may change places.
            let disk = try guestfs.command(["grub-probe", "--target=disk", "/boot"])
                .trimmingCharacters(in: .whitespacesAndNewlines)
            _ = try guestfs.command(["grub-install", "--target=i386-pc", disk])
            _ = try guestfs.command([
                "grub-install", "--target=x86_64-efi", "--efi-directory=/boot/efi", "--removable", "--no-nvram",
                "--no-uefi-secure-boot",
            ])
            _ = try guestfs.command(["update-grub"])
            try guestfs.run("unmount") { guestfs_umount_all($0) }
        }
    }
}

extension Guestfs {
    fileprivate func makeESP(_ device: String) throws(DiskFailure) {
        let label = strdup("ESP")
        defer { free(label) }
        var options = guestfs_mkfs_opts_argv()
        options.bitmask = 1 << 4  // LABEL
        options.label = UnsafePointer(label)
        try run("make the ESP") { guestfs_mkfs_opts_argv($0, "vfat", device, &options) }
    }
}

extension Failure where Code == HostFailureCode {
    fileprivate static func systemCallFailure(_ action: String, _ number: Int32) -> HostFailure {
        .systemCall(action, errno: number)
    }
}
