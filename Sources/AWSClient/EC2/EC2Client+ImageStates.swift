public import Failures
public import FoundationEssentials

/// What becomes of images that were made: disabled, deprecated, and back.
extension EC2Client {
    /// From then on the image is shown to its owner only, unless asked for by id.
    public func enableImageDeprecation(_ id: String, at date: Date) async throws(AWSFailure) {
        var form = QueryForm()
        form.set("ImageId", id)
        form.set("DeprecateAt", date)
        let _: EC2Empty = try await call("EnableImageDeprecation", id, form, patience: Self.settling)
    }

    /// The image is no longer deprecated, or will not be.
    public func disableImageDeprecation(_ id: String) async throws(AWSFailure) {
        let _: EC2Empty = try await call("DisableImageDeprecation", id, .image(id))
    }

    /// Nobody can launch the image any more, and those that it was shared with lose it.
    public func disableImage(_ id: String) async throws(AWSFailure) {
        let _: EC2Empty = try await call("DisableImage", id, .image(id))
    }

    /// Whom it was shared with has to be told anew.
    public func enableImage(_ id: String) async throws(AWSFailure) {
        let _: EC2Empty = try await call("EnableImage", id, .image(id))
    }

    /// An image by its id, disabled or deprecated as it may be; nil where there is none.
    public func existingImage(_ id: String) async throws(AWSFailure) -> EC2Image? {
        do throws(AWSFailure) {
            return try await describeImages(ids: [id], includeDisabled: true).first { $0.id == id }
        } catch  where error.code == .notFound {
            return nil
        }
    }

    /// As `deregisterImage`; one that is not there is no error.
    public func deregisterExistingImage(_ id: String) async throws(AWSFailure) {
        do throws(AWSFailure) { try await deregisterImage(id) } catch  where error.code == .notFound {
        }
    }

    /// When an instance was last launched from the image, as far as EC2 knows (it learns of it within a day).
    public func lastLaunched(image id: String) async throws(AWSFailure) -> Date? {
        var form = QueryForm.image(id)
        form.set("Attribute", "lastLaunchedTime")
        let answer: LaunchAnswer = try await call("DescribeImageAttribute", id, form)
        guard let text = answer.lastLaunchedTime?.value, !text.isEmpty else { return nil }
        guard let date = UTC.parseExtended(text) else {
            throw AWSFailure(.badAnswer, "EC2 says that \(id) was last launched at '\(text.prefix(40))'")
        }
        return date
    }
}

extension QueryForm {
    fileprivate static func image(_ id: String) -> QueryForm {
        var form = QueryForm()
        form.set("ImageId", id)
        return form
    }
}

private struct LaunchAnswer: Decodable {
    var lastLaunchedTime: Value?

    struct Value: Decodable {
        var value: String?
    }
}
