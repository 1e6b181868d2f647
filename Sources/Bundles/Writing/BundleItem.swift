public import SystemPackage

/// Something to pack.
public struct BundleItem: Sendable {
    public enum Content: Sendable {
        case file(FilePath)
        case bytes([UInt8])
    }

    public var path: String
    public var role: BundleIndex.Role
    public var content: Content
    /// SHA-256 where it is known: the file is then read once only, and refused where it has another.
    public var digest: String?
    /// Secret values in it have been replaced.
    public var isMasked: Bool

    public init(
        _ path: String, _ role: BundleIndex.Role, _ content: Content, digest: String? = nil, isMasked: Bool = false
    ) {
        (self.path, self.role, self.content, self.digest, self.isMasked) = (path, role, content, digest, isMasked)
    }
}
