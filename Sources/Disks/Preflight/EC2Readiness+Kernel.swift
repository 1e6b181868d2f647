/// The kernel, its drivers and its command line.
extension EC2Readiness {
    private static let rebuild =
        "add the driver to the initramfs: a line `nvme` in /etc/initramfs-tools/modules and `update-initramfs -u`, or "
        + "`dracut -f --add-drivers nvme` (or --no-hostonly)"

    func kernelFindings() -> [EC2Finding] {
        guard facts.system != nil else { return [] }
        guard let kernel = facts.kernel else {
            return [
                EC2Finding(
                    .kernel, .error, "no kernel was found that a boot loader starts, with its modules in /lib/modules",
                    mend: "install one: linux-image-cloud-amd64, kernel-core")
            ]
        }
        return nvmeFindings(kernel) + enaFindings(kernel) + commandLineFindings(kernel)
    }

    private func nvmeFindings(_ kernel: KernelFacts) -> [EC2Finding] {
        switch (kernel.nvme, kernel.initramfs, kernel.initramfsHasNVMe) {
        case (.builtIn, _, _), (.module, .some, .some(true)): return []
        case (.missing, _, _):
            return [
                EC2Finding(
                    .nvmeDriver, .error,
                    "the kernel \(kernel.version) has no NVMe driver: on Nitro types it does not find its root",
                    mend: "install a kernel with the driver (the distribution's own has it)")
            ]
        case (.module, nil, _):
            return [
                EC2Finding(
                    .nvmeInitramfs, .error,
                    "the kernel \(kernel.version) has its NVMe driver as a module, and starts without an initramfs",
                    mend: "make an initramfs with the driver in it")
            ]
        case (.module, .some(let file), .some(false)):
            return [
                EC2Finding(
                    .nvmeInitramfs, .error,
                    "\(file) lacks the NVMe driver: on Nitro types the kernel \(kernel.version) does not find its root",
                    mend: Self.rebuild)
            ]
        case (.module, .some(let file), nil):
            return [
                EC2Finding(
                    .initramfsUnread, .warning,
                    "whether \(file) has the NVMe driver could not be seen: the system has neither lsinitramfs nor lsinitrd that reads it",
                    mend: "look in a guest: `lsinitramfs \(file) | grep nvme`")
            ]
        }
    }

    /// Not looked for in the initramfs: the root is not on the network.
    private func enaFindings(_ kernel: KernelFacts) -> [EC2Finding] {
        guard kernel.ena == .missing else { return [] }
        return [
            EC2Finding(
                .enaDriver, .error,
                "the kernel \(kernel.version) has no ENA driver: Nitro types refuse an image without it, and others have no network",
                mend: "install a kernel with the driver ena (Debian's and Ubuntu's cloud kernels, RHEL 7.4 and later)")
        ]
    }

    private func commandLineFindings(_ kernel: KernelFacts) -> [EC2Finding] {
        guard kernel.commandLine != nil else { return [] }
        var found: [EC2Finding] = []
        if let root = kernel.parameter("root"), DeviceName.isUnstable(root) {
            found.append(
                EC2Finding(
                    .rootName, .error,
                    "the kernel's command line has root=\(root), and the root is /dev/nvme0n1 or /dev/xvda there",
                    mend:
                        "root=UUID=… : remove GRUB_DISABLE_LINUX_UUID from /etc/default/grub, and run update-grub or grub2-mkconfig"
                ))
        }
        let line = kernel.commandLine ?? []
        if !line.contains(where: { $0.hasPrefix("console=ttyS") || $0.hasPrefix("console=ttyAMA") }) {
            found.append(
                EC2Finding(
                    .console, .warning, "no serial console: EC2 shows nothing of the system's start",
                    mend:
                        "GRUB_CMDLINE_LINUX=\"console=tty0 console=ttyS0,115200n8\" in /etc/default/grub, and update-grub"
                ))
        }
        if !line.contains("net.ifnames=0") {
            found.append(
                EC2Finding(
                    .interfaceNames, .warning, ways: [.importImage],
                    "interfaces have predictable names, which ImportImage does not support",
                    mend: "net.ifnames=0 on the kernel's command line, or import it as a snapshot"))
        }
        return found
    }
}
