public import Failures
import Foundation
import Glibc
public import HostSystem
import SystemPackage

extension Acceleration {
    /// Long enough for a kernel under real KVM (well under a second here and there), short enough to wait for.
    private static let limit = Duration.seconds(8)

    /// What the host can do: KVM where a real Linux kernel reaches user space under it, else translation by QEMU (TCG).
    ///
    /// That /dev/kvm opens is no proof, nor is a boot sector: there are hosts where firmware runs and a kernel hangs.
    /// The answer is kept for this boot of the host, its processor, QEMU and the kernel that was tried.
    public static func detect(home: KilnHome, refresh: Bool = false) async throws(HostFailure) -> Acceleration {
        let device = "/dev/kvm"
        guard access(device, F_OK) == 0 else {
            return Acceleration(kind: .tcg, reason: "this machine has no \(device)")
        }
        guard access(device, R_OK | W_OK) == 0 else {
            return Acceleration(
                kind: .tcg, reason: "\(device) is not open to this user: `sudo adduser $USER kvm`, then log in again")
        }
        guard let kernel = newestKernel() else {
            return Acceleration(
                kind: .tcg,
                reason: "no readable kernel in /boot to try KVM with: `apt-get install linux-image-cloud-amd64`")
        }
        let key = try await cacheKey(kernel)
        if !refresh, let bytes = try? Folders.read(home.acceleration),
            let cached = try? JSONDecoder().decode(Cached.self, from: Data(bytes)), cached.key == key
        {
            return cached.acceleration
        }
        let found = try await probe(kernel: kernel, home: home)
        if let data = try? JSONEncoder().encode(Cached(key: key, acceleration: found)) {
            try Folders.create(home.cache)
            try DurableFile.write(data, to: home.acceleration)
        }
        return found
    }

    private struct Cached: Codable {
        var key: String
        var acceleration: Acceleration
    }

    private static func probe(kernel: FilePath, home: KilnHome) async throws(HostFailure) -> Acceleration {
        guard let runner = Data(base64Encoded: GuestRunnerBinary.base64) else {
            throw HostFailure(.io, "this kiln was built without its guest runner")
        }
        var archive = Initramfs()
        archive.folder("dev")
        archive.characterDevice("dev/console", major: 5, minor: 1)
        archive.file("init", mode: 0o755, content: Array(runner))
        try Folders.create(home.cache)
        let initramfs = home.cache.appending("probe-\(getpid()).cpio")
        try DurableFile.write(archive.finished(), to: initramfs)
        defer { unlink(initramfs.string) }
        let command = HostCommand(
            "qemu-system-x86_64",
            [
                "-accel", "kvm", "-cpu", "host", "-machine", "q35", "-m", "256", "-nodefaults", "-display", "none",
                "-no-reboot", "-serial", "stdio", "-kernel", kernel.string, "-initrd", initramfs.string,
                "-append", "console=ttyS0 panic=-1",
            ], limit: limit, package: "qemu-system-x86")
        do throws(HostFailure) {
            let output = try await command.output()
            if output.standardOutput.contains("kiln-probe-reached-user-space") {
                return Acceleration(kind: .kvm, reason: "\(kernel) reached user space under KVM")
            }
            let said = output.standardError.split(separator: "\n").last.map { ": \($0)" } ?? ""
            return Acceleration(kind: .tcg, reason: "\(kernel) did not reach user space under KVM\(said)")
        } catch  where error.code == .timedOut {
            return Acceleration(
                kind: .tcg, reason: "\(kernel) did not reach user space under KVM within \(limit.inSeconds)")
        }
    }

    private static func newestKernel() -> FilePath? {
        let names = (try? Folders.names(in: "/boot")) ?? []
        let kernels = names.filter { $0.hasPrefix("vmlinuz-") && access("/boot/\($0)", R_OK) == 0 }
        let newest = kernels.max { $0.compare($1, options: .numeric) == .orderedAscending }
        return newest.map { FilePath("/boot/\($0)") }
    }

    private static func cacheKey(_ kernel: FilePath) async throws(HostFailure) -> String {
        let boot = String(decoding: try Folders.read("/proc/sys/kernel/random/boot_id"), as: UTF8.self).trimmed
        let processors = String(decoding: try Folders.read("/proc/cpuinfo"), as: UTF8.self).split(separator: "\n")
        let model = processors.first { $0.hasPrefix("model name") } ?? ""
        let version = try await HostCommand("qemu-system-x86_64", ["--version"], package: "qemu-system-x86").run()
        var information = stat()
        stat(kernel.string, &information)
        return [
            boot, String(model), String(version.prefix { $0 != "\n" }), kernel.string, "\(information.st_mtim.tv_sec)",
        ].joined(separator: "|")
    }
}
