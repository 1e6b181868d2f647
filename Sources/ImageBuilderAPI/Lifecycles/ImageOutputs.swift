import Store

/// What an image was made into: its file on this machine, and AMIs.
struct ImageOutputs: Sendable {
    /// The build on this machine, and SHA-256 of the file that it has made.
    var local: (build: String, digest: String)?
    /// Whether no other image is the same file.
    var isAlone = true
    /// AMIs that are this image's alone.
    var amis: [OutputAMI] = []

    /// A build that finds nothing changed gives the image that was there already, with its AMIs: such ones stay for the others.
    init(of image: StoredResource, in store: KilnStore) async throws {
        let named = Self.named(by: image)
        (local, amis) = named
        guard let local else { return }
        let others = try await store.images(ofFile: local.digest).filter { $0.arn != image.arn }
        let shared = Set(others.flatMap { Self.named(by: $0).amis.map(\.id) })
        isAlone = others.isEmpty
        amis.removeAll { shared.contains($0.id) }
    }

    private static func named(by image: StoredResource) -> (local: (build: String, digest: String)?, amis: [OutputAMI])
    {
        let document = try? JSONParser.parse(Array(image.document))
        var amis: [OutputAMI] = []
        for entry in document?["outputResources"]?["amis"]?.elements ?? [] {
            guard let id = entry["image"]?.text, id.hasPrefix("ami-"), let region = entry["region"]?.text,
                !amis.contains(where: { $0.id == id })
            else { continue }
            amis.append(OutputAMI(id: id, region: region, account: entry["accountId"]?.text))
        }
        guard let build = document?["kiln"]?["build"]?.text, let digest = document?["kiln"]?["image"]?.text else {
            return (nil, amis)
        }
        return ((build, digest), amis)
    }
}
