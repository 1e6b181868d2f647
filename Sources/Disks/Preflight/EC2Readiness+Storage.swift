/// Sizes, file systems, and how a firmware gets from the disk to a kernel.
extension EC2Readiness {
    private static let tebibyte: Int64 = 1 << 40
    /// VM Import's users' guide once asked for it.
    private static let importRoom: Int64 = 250 << 20
    private static let room: Int64 = 16 << 20

    func storageFindings() -> [EC2Finding] {
        var found: [EC2Finding] = []
        let size = "the disk has \(facts.virtualSize >> 30) GiB"
        let smaller = "make the disk smaller, and give the instance a second volume for its data"
        if facts.virtualSize >= 8 * Self.tebibyte {
            found.append(
                EC2Finding(
                    .size, .error, ways: [.importImage], "\(size), and ImportImage takes less than 8 TiB", mend: smaller
                ))
        }
        if facts.virtualSize >= 16 * Self.tebibyte {
            found.append(
                EC2Finding(
                    .size, .error, ways: [.importSnapshot], "\(size), and ImportSnapshot takes less than 16 TiB",
                    mend: smaller))
        } else if facts.virtualSize > 8 * Self.tebibyte {
            found.append(
                EC2Finding(
                    .size, .warning, ways: [.importSnapshot],
                    "\(size): beyond 8 TiB ImportSnapshot wants an import manifest",
                    mend: "send it by the EBS direct API, or \(smaller)"))
        }
        if facts.virtualSize > 64 * Self.tebibyte {
            found.append(
                EC2Finding(
                    .size, .error, ways: [.ebsDirect], "\(size), and a volume of EBS has 64 TiB at most", mend: smaller)
            )
        }
        if facts.table == .mbr, facts.virtualSize > 2 * Self.tebibyte {
            found.append(
                EC2Finding(
                    .mbrSize, .warning, "\(size), and its MBR partition table ends at 2 TiB",
                    mend: "divide the disk by a GPT"))
        }
        return found + fileSystemFindings()
    }

    private func fileSystemFindings() -> [EC2Finding] {
        var found: [EC2Finding] = []
        if facts.isEncrypted {
            found.append(
                EC2Finding(
                    .encrypted, .error,
                    "a file system on the disk is encrypted with LUKS: ImportImage refuses it, and nobody types its passphrase on EC2",
                    mend: "build on a disk without LUKS, and let EBS encrypt the volume (a KMS key in the distribution)"
                ))
        }
        guard let root = facts.root else { return found }
        if root.isLVM {
            found.append(
                EC2Finding(
                    .lvm, .warning,
                    "the root file system is on a logical volume (\(root.device)): cloud-init does not grow it to the volume's size",
                    mend: "put the root on a partition, the last one of the disk"))
        }
        if root.isSubvolume {
            found.append(
                EC2Finding(
                    .subvolume, .error, ways: [.importImage],
                    "the root is a btrfs subvolume, which ImportImage does not support",
                    mend: "import it as a snapshot, which does not look into the disk"))
        }
        if root.free < Self.room {
            found.append(
                EC2Finding(
                    .freeSpace, .warning, "the root file system is full (\(root.free >> 10) KiB free)",
                    mend: "delete something, or make the disk larger (diskGiB in kiln.yaml)"))
        } else if root.free < Self.importRoom {
            found.append(
                EC2Finding(
                    .freeSpace, .warning, ways: [.importImage],
                    "the root file system has \(root.free >> 20) MiB free, and ImportImage wants 250 MiB for its drivers",
                    mend: "make the disk larger (diskGiB in kiln.yaml), or import it as a snapshot"))
        }
        return found
    }

    func bootFindings() -> [EC2Finding] {
        guard facts.system != nil else {
            return [
                EC2Finding(
                    .noSystem, .error, "there is no operating system on the disk that libguestfs knows",
                    mend: "export a disk with Linux installed, and not encrypted; `virt-inspector` tells what there is")
            ]
        }
        var found: [EC2Finding] = []
        if facts.systems > 1 {
            found.append(
                EC2Finding(
                    .severalSystems, .error, ways: [.importImage],
                    "there are \(facts.systems) systems on the disk, and ImportImage takes one",
                    mend: "remove the others"))
        }
        switch architecture {
        case .x86_64: break
        case .arm64:
            found.append(
                EC2Finding(
                    .architecture, .error, ways: [.importImage],
                    "the system is for arm64, and ImportImage takes x86_64",
                    mend: "import it as a snapshot, or send it by the EBS direct API"))
        case .i386:
            found.append(
                EC2Finding(
                    .architecture, .error, ways: [.importImage],
                    "the system is for i386, and ImportImage takes Linux of 64 bits",
                    mend: "build for x86_64"))
            found.append(
                EC2Finding(
                    .architecture, .warning, ways: Self.usualWays, "the system is for i386, which no Nitro type runs",
                    mend: "build for x86_64"))
        case nil:
            found.append(
                EC2Finding(
                    .architecture, .error,
                    "the system is for \(facts.architecture ?? "no architecture that can be seen"), which EC2 has not",
                    mend: "build for x86_64 or arm64"))
        }
        if let finding = loaderFinding() { found.append(finding) }
        return found
    }

    private func loaderFinding() -> EC2Finding? {
        guard let loader = Self.fallbackLoader(architecture) else { return nil }
        let mend = "`grub-install --removable` in the image, which puts it there"
        if bootMode == nil {
            let bios = architecture == .arm64 ? "" : "no boot loader in the first sector, and "
            return EC2Finding(
                .bootLoader, .error, "nothing starts the disk: \(bios)no EFI/BOOT/\(loader) on a FAT partition",
                mend: mend)
        }
        if bootMode == .legacyBIOS, facts.hasEFIFolder {
            return EC2Finding(
                .uefiLoader, .warning,
                "the disk starts by BIOS only: its EFI system partition has no EFI/BOOT/\(loader), and EC2's firmware looks for nothing else",
                mend: mend)
        }
        return nil
    }
}
