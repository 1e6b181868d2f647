import AWSClient
import ArgumentParser
import Distributing
import Foundation

/// How to distribute, as far as no document says it: the same for `kiln distribute` and `kiln build --distribute`.
struct DistributionFlags: ParsableArguments {
    enum Way: String, ExpressibleByArgument, CaseIterable {
        case ebs, s3
        case importImage = "import-image"
    }

    @Option(help: "The way into EC2 (default: ebs; s3 where that is not allowed and a bucket is named).")
    var via: Way?

    @Option(help: "A region to distribute to, of those that the configuration has; may be repeated (default: all).")
    var only: [String] = []

    @Flag(help: "Leave the imported file in the bucket.")
    var keepObject = false

    @Option(help: "The role that EC2's imports read the bucket with (default: vmimport).")
    var importRole: String?

    @Option(help: "Deprecate the AMIs so many days after the image was made.")
    var deprecateAfter: Int?

    @Flag(help: "Give instances a NitroTPM; for images that start by UEFI only.")
    var tpm = false

    @Flag(help: "Let instances ask for metadata without a session token (IMDSv1).")
    var imdsv1 = false

    func validate() throws {
        if let deprecateAfter, deprecateAfter < 1 { throw ValidationError("--deprecate-after takes days, from 1 on") }
    }

    /// The first of these flags that was given.
    var given: String? {
        let flags = [
            ("--via", via != nil), ("--only", !only.isEmpty), ("--keep-object", keepObject),
            ("--import-role", importRole != nil), ("--deprecate-after", deprecateAfter != nil), ("--tpm", tpm),
            ("--imdsv1", imdsv1),
        ]
        return flags.first { $0.1 }?.0
    }

    /// - Parameters:
    ///   - bucket: for the imports; nil where none is named.
    ///   - created: when the image was made.
    func choices(_ bucket: S3Location?, created: Date) -> DistributionPlan.Choices {
        let usual: [DistributionWay] = bucket == nil ? [.ebs] : [.ebs, .s3]
        var choices = DistributionPlan.Choices(
            ways: via.flatMap { DistributionWay(rawValue: $0.rawValue) }.map { [$0] } ?? usual)
        choices.regions = only
        choices.requiresIMDSv2 = !imdsv1
        choices.hasTPM = tpm
        choices.deprecation = deprecateAfter.map { created.addingTimeInterval(TimeInterval($0) * 86400) }
        return choices
    }
}
