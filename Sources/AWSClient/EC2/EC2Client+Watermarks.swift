public import Failures

extension EC2Client {
    /// Gives an image a mark that its copies will have as well.
    ///
    /// - Parameter name: 3 to 128 characters; with the account's number it is the mark's key.
    public func attachWatermark(_ name: String, to image: String) async throws(AWSFailure) {
        var form = QueryForm()
        form.set("ImageId", image)
        form.set("WatermarkName", name)
        let _: EC2Empty = try await call("AttachImageWatermark", "\(image)", form, patience: Self.settling)
    }
}
