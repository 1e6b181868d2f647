/// How guests run on this host: by the processor's virtualisation, or translated by QEMU.
public struct Acceleration: Sendable, Codable, Equatable {
    public enum Kind: String, Sendable, Codable { case kvm, tcg }
    public var kind: Kind
    /// Why, for `kiln doctor`.
    public var reason: String

    /// What the processor has and guests are not told of.
    ///
    /// Without erms and fsrm a kernel moves and clears memory by words and not by bytes, each of which is a step of its own for
    /// TCG: boots take a tenth less. After a reboot each step also drops code that was translated of the page before it, which
    /// has been seen to take minutes on a busy machine.
    public var hiddenFeatures: [String] { kind == .tcg ? ["erms", "fsrm"] : [] }

    public init(kind: Kind, reason: String) {
        self.kind = kind
        self.reason = reason
    }
}
