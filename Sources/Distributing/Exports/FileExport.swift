import AWSClient
import Documents
import Exporting
import Failures

/// A region's file of the image, as its `S3ExportConfiguration` asks for it.
struct FileExport: Sendable {
    let region: Distributor.Region
    let wish: DistributionConfiguration.S3Export
    let image: DistributedImage
    /// The key's own, whose role it is.
    let account: String

    var format: Artifact.Format {
        switch wish.format {
        case .vmdk: .vmdk
        case .raw: .raw
        case .vhd: .vhd
        }
    }

    /// Image Builder's prefix is the beginning of the key, and where the name of the export's task would follow stands the
    /// image's with its digest: the same image has the same key.
    var location: S3Location {
        let version = image.version.map { "-\($0)" } ?? ""
        let name = "\(image.name)\(version)-\(image.digest.prefix(12))".replacing("/", with: "-")
        return S3Location(bucket: wish.bucket, key: "\(wish.prefix ?? "")\(name).\(format.fileExtension)")
    }

    /// The rights of the role that the document names, as Image Builder has the export done by it.
    func session(_ aws: AWSSession) throws(AWSFailure) -> AWSSession {
        try aws.assuming(
            AssumedRole(wish.role(in: account, region: region.plan.region), sessionName: "kiln-export"),
            region: region.plan.region)
    }
}

extension DistributionConfiguration.S3Export {
    /// The ARN of its role.
    func role(in account: String, region: String) -> String {
        guard !roleName.hasPrefix("arn:") else { return roleName }
        return "arn:\(AWSPartition(region: region).name):iam::\(account):role/\(roleName)"
    }
}
