import CGuestfs
import Failures
import Glibc
import HostSystem

extension Guestfs {
    /// The kernel that the boot loader of the mounted system starts by itself; the newest where it does not say.
    func kernelFacts() throws(DiskFailure) -> KernelFacts? {
        let entry = try bootEntry()
        let installed = try glob("/lib/modules/*/modules.dep").map { String($0.split(separator: "/")[2]) }
        let named = entry.flatMap { version(of: $0.kernel) }
        guard let version = installed.first(where: { $0 == named }) ?? (named == nil ? installed.sorted().last : nil)
        else { return nil }
        let folder = "/lib/modules/\(version)"
        let pattern = "/(nvme|ena)\\.ko"
        var builtIn = try lines(of: "\(folder)/modules.builtin", matching: pattern)
        let modules = try lines(of: "\(folder)/modules.dep", matching: "^[^:]*\(pattern)[^:]*:")
        // A kernel without the list still has its configuration.
        for (option, module) in [("BLK_DEV_NVME", "nvme"), ("ENA_ETHERNET", "ena")]
        where try !lines(of: "/boot/config-\(version)", matching: "^CONFIG_\(option)=y$").isEmpty {
            builtIn.append("kernel/\(module).ko")
        }
        let found = try inBootFolder(entry?.initramfs)
        let nvme = KernelFacts.Driver("nvme", builtIn: builtIn, modules: modules)
        var hasNVMe: Bool?
        // Only where it matters: unpacking takes seconds.
        if nvme == .module, let initramfs = found { hasNVMe = try initramfsHas("nvme", initramfs) }
        return KernelFacts(
            version: version, commandLine: entry?.commandLine, nvme: nvme,
            ena: KernelFacts.Driver("ena", builtIn: builtIn, modules: modules), initramfs: found ?? entry?.initramfs,
            initramfsHasNVMe: hasNVMe)
    }

    private func bootEntry() throws(DiskFailure) -> BootEntry? {
        let environment = try glob("/boot/{grub2,grub,efi/EFI/*}/grubenv")
        var variables: [String: String] = [:]
        for file in environment where variables.isEmpty {
            variables = BootEntry.variables(inEnvironment: try beginning(of: file))
        }
        for file in try glob("/boot/{grub,grub2}/grub.cfg") + glob("/boot/efi/EFI/*/grub.cfg") {
            let text = try beginning(of: file, limit: 1 << 20)
            // With entries of the Boot Loader Specification in use, what else stands here is for older systems.
            guard !text.contains("\nblscfg"), let entry = BootEntry.all(inGrubConfiguration: text).first else {
                continue
            }
            return entry
        }
        var files: [String: String] = [:]
        for file in try glob("/{boot,boot/efi,efi}/loader/entries/*.conf") {
            let name = file.split(separator: "/").last?.dropLast(".conf".count) ?? ""
            files[String(name)] = try beginning(of: file)
        }
        return BootEntry.chosen(from: files, variables: variables)
    }

    /// "vmlinuz-6.1.0" is of 6.1.0; a plain "vmlinuz" is a link to such a file.
    private func version(of kernel: String) -> String? {
        func suffix(_ path: String) -> String? {
            let name = path.split(separator: "/").last ?? ""
            return name.firstIndex(of: "-").map { String(name[name.index(after: $0)...]) }
        }
        if let version = suffix(kernel) { return version }
        guard let path = try? inBootFolder(kernel),
            let real = try? text("follow \(path)", { guestfs_realpath($0, path) })
        else { return nil }
        return suffix(real)
    }

    /// An entry's paths begin at the file system that the boot loader reads: the root's, or /boot's own.
    private func inBootFolder(_ path: String?) throws(DiskFailure) -> String? {
        guard let path else { return nil }
        // Of a btrfs subvolume, "/@/boot/vmlinuz".
        let name = path.split(separator: "/").last ?? ""
        for candidate in [path, "/boot\(path)", "/boot/\(name)"] where try exists(candidate) { return candidate }
        return nil
    }

    /// Those that grep -E finds; none where the file is not there.
    func lines(of file: String, matching pattern: String) throws(DiskFailure) -> [String] {
        guard try exists(file) else { return [] }
        return Self.strings(try call("read \(file)") { guestfs_egrep($0, pattern, file) })
    }

    /// Asks the tool that the system itself reads its initramfs with: each distribution compresses and joins it in another
    /// way.
    ///
    /// - Returns: nil where there is no such tool, or it cannot read the file.
    func initramfsHas(_ module: String, _ file: String) throws(DiskFailure) -> Bool? {
        let quoted = ShellWord.quoted(file)
        let list = "/tmp/kiln-initramfs-list"
        // lsinitrd prints a heading of a few lines before it finds that it cannot read on.
        let (usual, least) = ("(^|[ ./])(usr|bin|lib|etc)/", 10)
        for tool in ["/usr/bin/lsinitramfs", "/usr/bin/lsinitrd"] where try exists(tool) {
            let script =
                "\(tool) \(quoted) >\(list) 2>/dev/null; grep -cE '\(usual)' \(list); "
                + "grep -c '/\(module)\\.ko' \(list); true"
            guard let said = try? text("list \(file)", { guestfs_sh($0, script) }) else { continue }
            let counts = said.split(whereSeparator: \.isNewline).compactMap { Int($0) }
            if counts.count == 2, counts[0] >= least { return counts[1] > 0 }
        }
        return nil
    }
}
