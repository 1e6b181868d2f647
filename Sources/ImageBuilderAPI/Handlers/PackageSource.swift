/// A package of an image's system.
public struct ImagePackage: Sendable, Hashable {
    public let name: String
    public let version: String

    public init(name: String, version: String) {
        self.name = name
        self.version = version
    }
}

/// Knows what is installed in the images of this machine.
public protocol PackageSource: Sendable {
    /// - Parameter digest: SHA-256 of the image's disk.
    /// - Returns: in an order that stays; none where nobody has looked.
    func packages(of digest: String) async throws -> [ImagePackage]
}

/// For a service that has no images.
public struct NoPackages: PackageSource {
    public init() {}

    public func packages(of digest: String) async throws -> [ImagePackage] { [] }
}
