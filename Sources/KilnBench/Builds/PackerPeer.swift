import Disks
import Foundation
import Guests
import HostSystem
import SystemPackage

/// Packer's qemu builder over SSH on an overlay of the base, then `virt-sysprep`.
///
/// Its guest is as near to Kiln's as Packer lets it be: the same processor, machine, devices and cache mode, no wait before
/// the boot command that there is not.
struct PackerPeer: Sendable {
    let tools: GuestfsTools
    let acceleration: Acceleration
    let folder: FilePath
    let size: GuestSize

    /// The base's, which the overlay has too.
    let virtualMebibytes: Int64

    private var base: FilePath { folder.appending("packer-base.qcow2") }
    private var key: FilePath { folder.appending("packer-key") }
    private var output: FilePath { folder.appending("packer") }

    /// Packer asks no server for news, and colours nothing.
    private static let quiet = ["CHECKPOINT_DISABLE": "1", "PACKER_NO_COLOR": "1"]

    static func version() async throws -> String {
        let text = try await HostCommand("packer", ["version"], environment: quiet, package: "packer").run()
        return text.split(separator: "\n").first.map(String.init) ?? ""
    }

    /// Makes the base that Packer can reach: a copy with a key of root's and host keys of its own.
    static func prepare(
        _ image: FilePath, tools: GuestfsTools, acceleration: Acceleration, folder: FilePath, size: GuestSize
    ) async throws -> PackerPeer {
        let peer = PackerPeer(
            tools: tools, acceleration: acceleration, folder: folder, size: size,
            virtualMebibytes: try await QemuImage.information(image).virtualSize >> 20)
        try await peer.makeBase(of: image)
        return peer
    }

    private func makeBase(of image: FilePath) async throws {
        try await HostCommand(
            "ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "kiln-bench", "-f", key.string],
            package: "openssh-client"
        ).run()
        try await HostCommand("cp", ["--sparse=always", image.string, base.string], limit: .seconds(600)).run()
        try await HostCommand("chmod", ["u+w", base.string]).run()
        try await tools.run(
            "virt-customize",
            [
                "-q", "-a", base.string, "--ssh-inject", "root:file:\(key).pub", "--run-command",
                "mkdir -p /etc/ssh/sshd_config.d; echo PermitRootLogin prohibit-password "
                    + ">/etc/ssh/sshd_config.d/00-bench.conf; ssh-keygen -A; systemctl enable ssh",
            ])
    }

    /// - Returns: the image, a qcow2 overlay on the prepared base.
    func build(_ work: BenchWork) async throws -> FilePath {
        try Folders.remove(output)
        let template = folder.appending("packer.json")
        let data = try JSONSerialization.data(
            withJSONObject: ["builders": [builder], "provisioners": work.parts.map(Self.provisioner)])
        try DurableFile.write(data, to: template)
        let own = [
            "PACKER_CACHE_DIR": folder.appending("packer-cache").string,
            "PACKER_CONFIG_DIR": folder.appending("packer-home").string, "TMPDIR": folder.string,
        ]
        // It ends its guest itself when it is told to end.
        try await HostCommand(
            "packer", ["build", template.string], environment: Self.quiet.merging(own) { $1 }, limit: .seconds(3600),
            grace: .seconds(30), package: "packer"
        ).run()
        let disk = output.appending("disk.qcow2")
        try await tools.sysprep(disk)
        return disk
    }

    private static func provisioner(_ part: BenchWork.Part) -> [String: Any] {
        ["type": "shell", "inline": part.script.components(separatedBy: "\n"), "inline_shebang": "/bin/bash -e"]
    }

    private var builder: [String: Any] {
        let processor = acceleration.kind == .kvm ? "host" : "max"
        let model = ([processor] + acceleration.hiddenFeatures.map { "\($0)=off" }).joined(separator: ",")
        return [
            "type": "qemu", "accelerator": acceleration.kind.rawValue, "machine_type": "q35", "headless": true,
            "cpus": size.processors, "memory": size.mebibytes, "boot_wait": "-1s", "net_device": "virtio-net",
            "iso_url": base.string, "iso_checksum": "none", "disk_image": true, "use_backing_file": true,
            // Its own call gives the backing file without a format, which qemu-img takes no more.
            "qemu_img_args": ["create": ["-F", "qcow2"]], "skip_resize_disk": true, "format": "qcow2",
            "disk_size": "\(virtualMebibytes)M", "disk_interface": "virtio", "disk_cache": "unsafe",
            "disk_discard": "unmap", "disk_detect_zeroes": "unmap",
            "qemuargs": [["-cpu", model], ["-device", "virtio-rng-pci"]],
            "output_directory": output.string, "vm_name": "disk.qcow2", "communicator": "ssh", "ssh_username": "root",
            "ssh_private_key_file": key.string, "ssh_timeout": "20m", "shutdown_command": "systemctl poweroff",
            "shutdown_timeout": "5m",
        ]
    }
}
