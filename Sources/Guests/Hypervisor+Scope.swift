import CLibvirt
import Crypto
import Foundation
import Glibc
import HostSystem
import SystemPackage

extension Hypervisor {
    /// What a snapshot of such a guest holds for: the hardware, the QEMU and the libvirt that make it, and Kiln's own program in
    /// it. A snapshot of another scope is of no use.
    ///
    /// - Returns: 64 hexadecimal digits.
    public func snapshotScope(of definition: GuestDefinition) async -> String {
        await offPool { [self] in
            var plain = definition
            (plain.disk, plain.console, plain.savedName) = ("/disk", "/console", "guest")
            plain.buildID = ""
            let nobody = GuestIdentity(uuid: "", mac: "", generation: "")
            var scope = [
                plain.xml(nobody, acceleration: acceleration, sockets: "/sockets", owner: ""), Libvirt.version,
                String(uri.prefix { $0 != "?" }), "\(definition.agentStartsEarly)", GuestRunnerBinary.base64,
            ]
            var version: UInt = 0
            if virConnectGetVersion(connection, &version) == 0 { scope.append("\(version)") }
            // A rebuilt QEMU need not have another version.
            if let stamp = try? FileStamp(of: "/usr/bin/qemu-system-x86_64") { scope.append("\(stamp)") }
            if acceleration.kind == .kvm { scope.append(HostProcessor.description) }
            var hash = SHA256()
            for text in scope { hash.update(data: Array(text.utf8) + [0]) }
            return hash.finalize().hexadecimal
        }
    }
}
