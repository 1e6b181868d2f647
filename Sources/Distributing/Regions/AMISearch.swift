import AWSClient
import Failures

/// Finds the AMI of an image in one account and region, by its name and the tag that has the image's digest.
struct AMISearch: Sendable {
    let name: String
    let digest: String
    let ec2: EC2Client
    let polling: Polling

    enum Found: Sendable {
        case available(EC2Image)
        /// There is none; `removed` was one that could not be used.
        case none(removed: String?)
    }

    /// Waits for one that is on its way. One of ours that failed is removed, so that its name is free.
    ///
    /// - Throws: `conflict` where another image has the name.
    func run() async throws(AWSFailure) -> Found {
        guard let image = try await ec2.image(named: name) else { return .none(removed: nil) }
        try check(image)
        switch image.state {
        case "available": return .available(image)
        case "pending": return .available(try await ec2.waitUntilAvailable(image: image.id, polling))
        case "failed", "invalid", "error":
            try await ec2.deregisterImage(image.id)
            for snapshot in image.devices.compactMap(\.snapshotID) { try? await ec2.deleteSnapshot(snapshot) }
            return .none(removed: image.id)
        default:
            throw AWSFailure(
                .conflict, "\(image.id) of this image in \(ec2.region) is \(image.state)",
                hint: "enable it again, or deregister it")
        }
    }

    /// - Throws: `conflict` where another image has the name.
    func checkName() async throws(AWSFailure) {
        if let image = try await ec2.image(named: name) { try check(image) }
    }

    private func check(_ image: EC2Image) throws(AWSFailure) {
        guard image.tags[DistributedImage.tag] != digest else { return }
        let owner = image.tags[DistributedImage.tag].map { "the image sha256:\($0.prefix(12))" } ?? "another image"
        throw AWSFailure(
            .conflict, "the name '\(name)' is taken in \(ec2.region): \(image.id) is of \(owner)",
            hint: "put {{ imagebuilder:buildDate }} into the name, or deregister \(image.id)")
    }
}
