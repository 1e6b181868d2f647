import Foundation
import Store

extension Handlers {
    /// Makes an image that waits for an import of EC2's. Whoever follows those (`reachesAWS`) leads it to its end; it is in no
    /// queue, for nothing of it is done here.
    func importVmImage(_ call: Call) async throws(APIError) -> JSONValue {
        let task = try call.required("vmImportTaskId")
        guard reachesAWS else {
            throw APIError.notHere(
                "The import task '\(task)' of EC2 (it is followed by: kiln serve --distribute; a disk on this machine is "
                    + "imported by: kiln image import NAME DISK)")
        }
        guard task.hasPrefix("import-ami-") else {
            throw APIError.invalidValue("vmImportTaskId", "'\(task)' is no task of ImportImage: import-ami-….")
        }
        guard let version = ResourceVersionPattern(try call.required("semanticVersion"))?.exact else {
            throw APIError.invalidValue("semanticVersion", "It must be three numbers: 1.0.0.")
        }
        var document = ResourceRequest(.image, call.input).given(without: "vmImportTaskId")
        document["type"] = "AMI"
        document["buildType"] = "IMPORT"
        document["imageSource"] = "IMPORTED"
        document["outputResources"] = [:]
        document["kiln"] = ["importTask": .string(task)]
        let new = NewResource(
            .image, name: try call.required("name"), version: version,
            document: Data(JSONValue.object(document).bytes), tags: call["tags"]?.texts ?? [:],
            state: ImageState.pending.rawValue)
        let image = try await asking { try await store.create(new, token: call.token) }
        var answer: [String: JSONValue] = ["imageArn": .string(image.arn)]
        answer["clientToken"] = call["clientToken"]
        return .object(answer)
    }

    /// Says first what is wrong with a request that AWS would not take either.
    func importDiskImage(_ call: Call) async throws(APIError) -> JSONValue {
        guard call.text("platform") == "Windows" else {
            throw APIError.invalidValue("platform", "Disk images are imported for the platform 'Windows' only.")
        }
        let uri = try call.required("uri")
        let parts = uri.hasPrefix("s3://") ? uri.dropFirst(5).split(separator: "/", maxSplits: 1) : []
        guard parts.count == 2, [".iso", ".ISO", ".Iso"].contains(where: { uri.hasSuffix($0) }) else {
            throw APIError.invalidValue("uri", "'uri' must be s3://bucket/key of a file with the extension .iso.")
        }
        _ = try await find(try call.required("infrastructureConfigurationArn"), .infrastructureConfiguration)
        throw APIError.notHere(
            "The import of an installation disk, which is one of Windows (a disk with Linux installed is imported by: kiln "
                + "image import NAME DISK)")
    }

    /// Nothing is sold here.
    func getMarketplaceResource(_ call: Call) async throws(APIError) -> JSONValue {
        let text = try call.required("resourceArn")
        let arn = try await asking { try ResourceARN(text) }
        guard arn.account != store.account.account else {
            throw APIError.invalidRequest("The resource '\(arn)' is no resource of the AWS Marketplace.")
        }
        throw APIError.notHere("The AWS Marketplace")
    }
}
