public import Failures

extension EC2Client {
    /// - Returns: the image's id.
    /// - Throws: `badRequest`, `conflict` where the name is taken, `notFound` for the snapshot.
    public func registerImage(_ registration: ImageRegistration) async throws(AWSFailure) -> String {
        try registration.check()
        // The snapshot may have been made a moment ago.
        let answer: ImageAnswer = try await call(
            "RegisterImage", "the image \(registration.name)", registration.form, patience: Self.settling)
        return answer.imageId
    }

    /// The images that fit all that is asked; with `ids`, one that is not there is an error.
    ///
    /// - Parameters:
    ///   - owners: account ids, "self", "amazon".
    ///   - filters: by EC2's names: "name", "tag:Purpose", "state".
    public func describeImages(
        ids: [String] = [], owners: [String] = [], filters: [String: [String]] = [:], includeDeprecated: Bool = true,
        includeDisabled: Bool = false
    ) async throws(AWSFailure) -> [EC2Image] {
        var form = QueryForm()
        form.set("ImageId", list: ids)
        form.set("Owner", list: owners)
        form.setFilters(filters)
        form.set("IncludeDeprecated", includeDeprecated)
        form.set("IncludeDisabled", includeDisabled ? true : nil)
        // Some owners have more images than one answer should hold; beside ids EC2 refuses the word.
        form.set("MaxResults", ids.isEmpty ? Self.pageSize : nil)
        let subject = ids.isEmpty ? "images" : ids.joined(separator: ", ")
        return try await list("DescribeImages", subject, form, by: ImagesAnswer.self).map(\.image)
    }

    /// The image of this account that has a name; nil where there is none.
    public func image(named name: String) async throws(AWSFailure) -> EC2Image? {
        try await describeImages(owners: ["self"], filters: ["name": [name]]).first { $0.name == name }
    }

    /// The snapshots stay.
    public func deregisterImage(_ id: String) async throws(AWSFailure) {
        var form = QueryForm()
        form.set("ImageId", id)
        let _: EC2Empty = try await call("DeregisterImage", id, form)
    }

    /// Begins to copy an image from another region, or from this one with another key.
    ///
    /// - Parameter copy.token: the same one gives the same copy.
    /// - Returns: the id of the copy, which is pending.
    public func copyImage(_ copy: ImageCopy) async throws(AWSFailure) -> String {
        var form = QueryForm()
        form.set("SourceRegion", copy.sourceRegion)
        form.set("SourceImageId", copy.sourceImageID)
        form.set("Name", copy.name)
        form.set("Description", copy.description)
        form.set("ClientToken", copy.token)
        form.set("CopyImageTags", copy.copiesTags)
        form.set("Encrypted", copy.encrypted || copy.kmsKeyID != nil ? true : nil)
        form.set("KmsKeyId", copy.kmsKeyID)
        form.setTagSpecifications([("image", copy.tags), ("snapshot", copy.tags)])
        let answer: ImageAnswer = try await call(
            "CopyImage", "\(copy.sourceImageID) from \(copy.sourceRegion) to \(region)", form)
        return answer.imageId
    }

    /// - Throws: `failedThere` where it cannot become available any more, `timedOut`.
    public func waitUntilAvailable(image id: String, _ polling: Polling = Polling()) async throws(AWSFailure)
        -> EC2Image
    {
        try await polling.until("the image \(id) in \(region)", service.clock) { () throws(AWSFailure) -> EC2Image? in
            let images: [EC2Image]
            do throws(AWSFailure) {
                images = try await describeImages(ids: [id])
            } catch  where error.code == .notFound {
                return nil
            }
            guard let image = images.first(where: { $0.id == id }), image.state != "pending" else { return nil }
            guard image.state == "available" else {
                let reason = image.stateReason.map { ": \($0)" } ?? ""
                throw AWSFailure(.failedThere, "the image \(id) in \(region) is \(image.state)\(reason)")
            }
            return image
        }
    }
}

/// What CopyImage is told.
public struct ImageCopy: Sendable, Equatable {
    public var sourceImageID: String
    public var sourceRegion: String
    public var name: String
    public var description: String?
    /// At most 64 letters.
    public var token: String
    public var copiesTags = false
    public var encrypted = false
    /// Id, alias or ARN, in the region that the copy goes to; nil for the account's default.
    public var kmsKeyID: String?
    /// Of the image and its snapshots.
    public var tags: [String: String] = [:]

    public init(sourceImageID: String, sourceRegion: String, name: String, token: String) {
        self.sourceImageID = sourceImageID
        self.sourceRegion = sourceRegion
        self.name = name
        self.token = token
    }
}

struct ImageAnswer: Decodable {
    var imageId: String
}

private struct ImagesAnswer: EC2Page {
    var imagesSet: XMLItems<EC2ImageElement>?
    var nextToken: String?

    var elements: [EC2ImageElement] { imagesSet?.elements ?? [] }
}
