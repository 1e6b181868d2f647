import AWSClient
import Failures

extension Distributor {
    /// Brings a region to its end: its AMI, there or copied, and what belongs to it.
    func complete(
        _ region: Region, _ found: EC2Image?, from source: (region: String, image: EC2Image)?, _ account: String
    ) async {
        let _: Bool? = await region.attempt { () async throws(AWSFailure) -> Bool? in
            var image = found
            if image == nil {
                guard !Task.isCancelled else { throw AWSFailure(.cancelled, "the distribution was cancelled") }
                guard let source else {
                    throw AWSFailure(.failedThere, "there is no AMI to copy: no region could make it")
                }
                image = try await copy(to: region, from: source)
            }
            guard let image else { return nil }
            try await RegionFinish(
                plan: region.plan, digest: plan.image.digest, aws: aws, account: account, polling: options.polling,
                diary: region.diary
            ).run(image)
            return true
        }
    }

    private func copy(to region: Region, from source: (region: String, image: EC2Image)) async throws(AWSFailure)
        -> EC2Image
    {
        let ec2 = try aws.ec2(region: region.plan.region)
        var removed: String?
        switch try await search(region.plan).run() {
        case .available(let image): return image
        case .none(let last): removed = last
        }
        var wish = ImageCopy(
            sourceImageID: source.image.id, sourceRegion: source.region, name: region.plan.name,
            token: AMIMaker.token(
                [
                    "copy", source.image.id, region.plan.region, region.plan.name, region.plan.kmsKeyID ?? "-",
                    removed ?? "-",
                ]))
        wish.description = region.plan.description
        wish.kmsKeyID = region.plan.kmsKeyID
        wish.tags = region.plan.tags
        let id = try await ec2.copyImage(wish)
        try await ec2.createTags(region.plan.tags, on: [id])
        region.diary.did("copying \(source.image.id) from \(source.region) as \(id)")
        let image = try await ec2.waitUntilAvailable(image: id, options.polling)
        region.diary.found(image)
        return image
    }
}
