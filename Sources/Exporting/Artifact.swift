/// An exported disk image.
public struct Artifact: Sendable, Codable, Equatable {
    public enum Format: String, Sendable, Codable, CaseIterable {
        case raw
        /// Stream-optimised, as VM Import takes it.
        case vmdk

        /// The word of EC2's ImportImage and ImportSnapshot for it.
        public var importName: String { self == .raw ? "RAW" : "VMDK" }
    }

    public var format: Format
    /// The file's name in the output folder.
    public var file: String
    /// Bytes, holes counted.
    public var size: Int64
    /// SHA-256 of the content, 64 hexadecimal digits, as sha256sum prints it.
    public var sha256: String
}
