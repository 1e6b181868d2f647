import Store

/// What an image was made into: its file on this machine, and AMIs.
struct ImageOutputs: Sendable {
    /// SHA-256 of the file that is this image's alone; nil where there is none, or other images are the same.
    var digest: String?
    /// AMIs that are this image's alone.
    var amis: [OutputAMI] = []

    /// A build that finds nothing changed gives the image that was there already, with its AMIs: such ones stay for the others.
    init(of image: StoredResource, in store: KilnStore) async throws {
        let (digest, amis) = Self.named(by: image)
        guard let digest else {
            self.amis = amis
            return
        }
        let others = try await store.images(ofFile: digest).filter { $0.arn != image.arn }
        let shared = Set(others.flatMap { Self.named(by: $0).amis.map(\.id) })
        self.digest = others.isEmpty ? digest : nil
        self.amis = amis.filter { !shared.contains($0.id) }
    }

    private static func named(by image: StoredResource) -> (digest: String?, amis: [OutputAMI]) {
        let document = try? JSONParser.parse(Array(image.document))
        var amis: [OutputAMI] = []
        for entry in document?["outputResources"]?["amis"]?.elements ?? [] {
            guard let id = entry["image"]?.text, id.hasPrefix("ami-"), let region = entry["region"]?.text,
                !amis.contains(where: { $0.id == id })
            else { continue }
            amis.append(OutputAMI(id: id, region: region, account: entry["accountId"]?.text))
        }
        return (document?["kiln"]?["image"]?.text, amis)
    }
}
