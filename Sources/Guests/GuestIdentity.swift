import Foundation

/// What tells a virtual machine from every other, and stays the same where its RAM is restored: libvirt and the guest
/// would not know it again otherwise.
struct GuestIdentity: Sendable, Codable, Equatable {
    var uuid: String
    /// Of the network card: another for each guest, so that an image which pins one does not pass its tests.
    var mac: String
    /// The generation ID that the guest's kernel sees (VM Generation ID). libvirt gives a restored guest a new one, and the
    /// kernel then stirs its random numbers at once: two copies of a guest must not make the same keys.
    var generation: String
}

extension GuestIdentity {
    /// Of a new machine.
    init() {
        uuid = UUID().uuidString.lowercased()
        generation = UUID().uuidString.lowercased()
        // QEMU's own prefix.
        let tail = (0..<3).map { _ in String(format: "%02x", UInt8.random(in: 0...255)) }
        mac = "52:54:00:" + tail.joined(separator: ":")
    }
}
