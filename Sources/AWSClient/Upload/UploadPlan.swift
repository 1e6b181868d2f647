import Failures

/// How a file is cut into parts.
struct UploadPlan: Sendable, Equatable {
    static let smallestPart = 8 << 20
    static let mostParts = 10_000
    /// S3's own limit of an object.
    static let largestObject = 5 << 40

    let size: Int
    let partSize: Int

    /// - Throws: `badConfiguration` where S3 takes no object so large.
    init(size: Int) throws(AWSFailure) {
        guard size <= Self.largestObject else {
            throw AWSFailure(
                .badConfiguration, "the file has \(size) bytes, and S3 takes objects of at most \(Self.largestObject)",
                hint: "export a format that compresses")
        }
        let mebibyte = 1 << 20
        let needed = (size + Self.mostParts - 1) / Self.mostParts
        self.size = size
        partSize = max(Self.smallestPart, (needed + mebibyte - 1) / mebibyte * mebibyte)
    }

    /// As an earlier run has begun to cut it.
    ///
    /// - Returns: nil where it cannot go on like that.
    init?(size: Int, partSize: Int) {
        guard partSize >= Self.smallestPart, size > partSize, size <= partSize * Self.mostParts else { return nil }
        (self.size, self.partSize) = (size, partSize)
    }

    /// Where one request does: no upload to begin, to complete or to leave behind.
    var isSingle: Bool { size <= partSize }

    var count: Int { max(1, (size + partSize - 1) / partSize) }

    /// - Parameter number: 1…`count`
    func range(_ number: Int) -> Range<Int> {
        let start = (number - 1) * partSize
        return start..<min(start + partSize, size)
    }
}
