public import Failures
public import SystemPackage

/// What a new image, or a part of one, is to lie on.
public struct ImageGround: Sendable, Equatable {
    public var base: ImageBase
    /// The file of the new one's own chain that shows what the base does: the base itself, or a layer that may go.
    public var cut: FilePath

    public init(base: ImageBase, cut: FilePath) {
        (self.base, self.cut) = (base, cut)
    }

    /// The parent that the whole chain lies on.
    public init(parent: ImageBase) {
        self.init(base: parent, cut: FilePath(parent.disk))
    }

    /// Makes one file of all that lies on the cut.
    ///
    /// - Parameter top: the uppermost overlay, which is changed by it; nothing else may use it.
    public func merge(_ top: FilePath, to file: FilePath) async throws(DiskFailure) {
        try await QemuImage.merge(top, on: cut, to: file)
        if cut.string != base.disk { try await QemuImage.relink(file, on: FilePath(base.disk)) }
    }
}
