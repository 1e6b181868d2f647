/// How guests run on this host: by the processor's virtualisation, or translated by QEMU.
public struct Acceleration: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable { case kvm, tcg }
    public var kind: Kind
    /// Why, for `kiln doctor`.
    public var reason: String

    public init(kind: Kind, reason: String) {
        self.kind = kind
        self.reason = reason
    }
}
